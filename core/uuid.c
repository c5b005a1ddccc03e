/* uuid.c: version 7: first when, then chance. */
#include <inttypes.h>

#include "core/clock.h"
#include "core/secrets.h"
#include "core/uuid.h"

#define VERSION_7 0x7000u
#define VARIANT   0x8000u
#define LOW_48(x) ((x)&0xffffffffffffu)

const char *
uuid_new(struct arena *arena)
{
	uint64_t instant = LOW_48((uint64_t)(clock_now() / 1000)), random[2];

	secrets_random(random, sizeof(random));
	return arena_printf(arena, "%08" PRIx64 "-%04x-%04x-%04x-%012" PRIx64, instant >> 16,
	    (unsigned)(instant & 0xffff), VERSION_7 | (unsigned)(random[0] & 0x0fff),
	    VARIANT | (unsigned)(random[0] >> 16 & 0x3fff), LOW_48(random[1]));
}
