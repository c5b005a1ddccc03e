/* uuid.c: version 7: first when, then chance; and how they are written. */
#include <inttypes.h>
#include <string.h>

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

void
uuid_bytes(const char *text, unsigned char ret_bytes[static UUID_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	size_t count = 0;

	for (; *text != '\0' && count < (size_t)UUID_SIZE * 2; text++) {
		const char *found = strchr(digits, *text | 0x20);
		size_t value = found == NULL ? 0 : (size_t)(found - digits);

		if (*text == '-')
			continue;
		ret_bytes[count / 2] =
		    (unsigned char)(count % 2 == 0 ? value << 4 : ret_bytes[count / 2] | value);
		count++;
	}
}

const char *
uuid_text(struct arena *arena, const unsigned char bytes[static UUID_SIZE])
{
	const char *digits = secrets_bytea(arena, bytes, UUID_SIZE) + strlen("\\x");

	return arena_printf(arena, "%.8s-%.4s-%.4s-%.4s-%s", digits, digits + 8, digits + 12,
	    digits + 16, digits + 20);
}
