/* quota.c: a moment in shared memory for each caller: when its account is full again (GCRA). */
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "api/quota.h"
#include "core/clock.h"

#define SETS (1U << 14)
#define WAYS 4

/*
 * full_at in microseconds of the monotonic clock; an account whose moment has passed is free to be
 * reused.
 */
struct account {
	_Atomic uint64_t key;
	_Atomic uint64_t full_at;
};

static struct account (*accounts)[WAYS];

static const uint64_t window = (uint64_t)QUOTA_WINDOW_SECONDS * 1000000;

static uint64_t
now_us(void)
{
	return clock_monotonic() * 1000;
}

static struct account *
account_find(uint64_t key, uint64_t now)
{
	struct account *set = accounts[key % SETS];

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].key == key)
			return &set[i];
	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].full_at <= now) {
			set[i].key = key;
			return &set[i];
		}
	}
	return &set[key / SETS % WAYS]; /* shared with another caller until one of them rests */
}

/* Microseconds until there is one request more. */
static uint64_t
interval_of(uint64_t limit)
{
	return window / limit > 0 ? window / limit : 1;
}

static void
describe(struct quota *quota, uint64_t limit, uint64_t full_at, uint64_t now)
{
	uint64_t used = full_at > now ? full_at - now : 0, interval = interval_of(limit);

	quota->limit = limit;
	quota->remaining = used >= window ? 0 : (window - used) / interval;
	quota->retry_seconds =
	    used + interval > window ? (used + interval - window + 999999) / 1000000 : 0;
	quota->reset_seconds =
	    quota->remaining == 0 ? quota->retry_seconds : (used + 999999) / 1000000;
}

void
quota_open(void)
{
	accounts = mmap(NULL, sizeof(*accounts) * SETS, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (accounts == MAP_FAILED)
		abort();
}

bool
quota_take(uint64_t key, size_t limit, struct quota *ret_quota)
{
	uint64_t now = now_us(), was, next;
	struct account *account;

	ret_quota->limit = 0;
	if (limit == 0)
		return true;
	account = account_find(key, now);
	was = account->full_at;
	do {
		next = (was > now ? was : now) + interval_of(limit);
		if (next > now + window) {
			describe(ret_quota, limit, was, now);
			return false;
		}
	} while (!atomic_compare_exchange_weak(&account->full_at, &was, next));
	describe(ret_quota, limit, next, now);
	return true;
}

void
quota_refund(uint64_t key, struct quota *quota)
{
	uint64_t now = now_us(), interval = interval_of(quota->limit), was, next;
	struct account *account = account_find(key, now);

	was = account->full_at;
	do
		next = was > now + interval ? was - interval : now;
	while (!atomic_compare_exchange_weak(&account->full_at, &was, next));
	describe(quota, quota->limit, next, now);
}
