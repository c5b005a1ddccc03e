/* guesses.c: a count for each account in shared memory, with the hour that it is of. */
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "api/guesses.h"
#include "core/clock.h"

#define PLACES  (1U << 16)
#define HOUR_MS UINT64_C(3600000)

/* The hour above, the count in the lowest 16 bits. */
static _Atomic uint64_t *places;

void
guesses_open(void)
{
	places = mmap(NULL, sizeof(*places) * PLACES, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (places == MAP_FAILED)
		abort();
}

static uint64_t
this_hour(void)
{
	return clock_monotonic() / HOUR_MS + 1;
}

bool
guesses_take(uint64_t account, unsigned most)
{
	_Atomic uint64_t *place = &places[account % PLACES];
	uint64_t was = *place, count;

	do {
		count = was >> 16 == this_hour() ? was & 0xffff : 0;
		if (count >= most)
			return false;
	} while (!atomic_compare_exchange_weak(place, &was, this_hour() << 16 | (count + 1)));
	return true;
}

void
guesses_give_back(uint64_t account)
{
	_Atomic uint64_t *place = &places[account % PLACES];
	uint64_t was = *place;

	while (was >> 16 == this_hour() && (was & 0xffff) > 0 &&
	    !atomic_compare_exchange_weak(place, &was, was - 1))
		;
}

uint64_t
guesses_wait(void)
{
	return (HOUR_MS - clock_monotonic() % HOUR_MS) / 1000 + 1;
}
