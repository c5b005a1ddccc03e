/* referral_codes.c: the codes of referrals: made, read as people type them, and hashed. */
#include <string.h>

#include "api/referral_codes.h"
#include "core/secrets.h"

#define LENGTH 12
#define BASE   32

static const char digits[BASE + 1] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* Of the digits before the last: what the last one has to be. */
static unsigned
check_digit(const unsigned char values[static LENGTH])
{
	unsigned sum = 0;

	for (size_t i = 0; i < LENGTH - 1; i++) {
		unsigned value = values[i] * (i % 2 == 0 ? 2U : 1U);

		sum += value / BASE + value % BASE;
	}
	return (BASE - sum % BASE) % BASE;
}

/* What a character stands for; BASE if for nothing. */
static unsigned
value_of(char c)
{
	static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
	static const char upper[] = "ABCDEFGH1JK1MN0PQRSTUVWXYZ";
	const char *letter = strchr(lower, c | 0x20), *digit;

	if (c == '\0')
		return BASE;
	digit = strchr(digits, letter == NULL || *letter == '\0' ? c : upper[letter - lower]);
	return digit == NULL ? BASE : (unsigned)(digit - digits);
}

static bool
read_values(const char *code, unsigned char values[static LENGTH])
{
	size_t count = 0;

	for (; *code != '\0'; code++) {
		unsigned value = value_of(*code);

		if (*code == '-')
			continue;
		if (value == BASE || count == LENGTH)
			return false;
		values[count++] = (unsigned char)value;
	}
	return count == LENGTH && values[LENGTH - 1] == check_digit(values);
}

const char *
referral_code_new(struct arena *arena)
{
	unsigned char values[LENGTH];
	char text[LENGTH];

	secrets_random(values, sizeof(values));
	for (size_t i = 0; i < LENGTH; i++)
		values[i] %= BASE;
	values[LENGTH - 1] = (unsigned char)check_digit(values);
	for (size_t i = 0; i < LENGTH; i++)
		text[i] = digits[values[i]];
	return arena_printf(arena, "%.4s-%.4s-%.4s", text, text + 4, text + 8);
}

const char *
referral_code_hash(struct arena *arena, const char *code)
{
	unsigned char values[LENGTH], hash[SECRETS_HASH_SIZE];

	if (!read_values(code, values))
		return NULL;
	secrets_hash(SECRETS_REFERRAL, values, sizeof(values), hash);
	return secrets_bytea(arena, hash, sizeof(hash));
}
