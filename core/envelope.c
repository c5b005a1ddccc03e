/* envelope.c: a person, a time, a number, and a keyed hash of them, in base32 (RFC 4648). */
#include <string.h>
#include <strings.h>

#include "core/address.h"
#include "core/envelope.h"
#include "core/secrets.h"
#include "core/uuid.h"

#define PLACE       "{token}"
#define SENT_SIZE   4 /* big-endian, good until 2106 */
#define NUMBER_SIZE 2 /* of it only so much that mails of one second differ */
#define NAMED_SIZE  (UUID_SIZE + SENT_SIZE + NUMBER_SIZE)
#define CHECK_SIZE  8
#define TOKEN_SIZE  (NAMED_SIZE + CHECK_SIZE)

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

_Static_assert(TOKEN_SIZE * 8 == ENVELOPE_TOKEN_LENGTH * 5, "a token has no loose bits");

static void
write_number(unsigned char *bytes, size_t size, uint64_t number)
{
	for (size_t i = size; i-- > 0; number >>= 8)
		bytes[i] = (unsigned char)number;
}

static int64_t
read_number(const unsigned char *bytes, size_t size)
{
	int64_t number = 0;

	for (size_t i = 0; i < size; i++)
		number = number << 8 | bytes[i];
	return number;
}

static void
check(const unsigned char *token, unsigned char ret_hash[static SECRETS_HASH_SIZE])
{
	secrets_hash(SECRETS_BOUNCE, token, NAMED_SIZE, ret_hash);
}

static const char *
encode(struct arena *arena, const unsigned char *token)
{
	char *text = arena_alloc(arena, ENVELOPE_TOKEN_LENGTH + 1);

	for (size_t i = 0; i < ENVELOPE_TOKEN_LENGTH; i++) {
		size_t bit = i * 5;
		unsigned two = (unsigned)token[bit / 8] << 8 |
		    (bit / 8 + 1 < TOKEN_SIZE ? token[bit / 8 + 1] : 0U);

		text[i] = alphabet[two >> (11 - bit % 8) & 31];
	}
	return text;
}

/* Reads as many characters as a token has; of either case. */
static bool
decode(const char *text, unsigned char token[static TOKEN_SIZE])
{
	memset(token, 0, TOKEN_SIZE);
	for (size_t i = 0; i < ENVELOPE_TOKEN_LENGTH; i++) {
		char small = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 32) : text[i];
		const char *found = small == '\0' ? NULL : strchr(alphabet, small);

		if (found == NULL)
			return false;
		for (size_t bit = 0; bit < 5; bit++)
			if (((found - alphabet) & (16 >> bit)) != 0)
				token[(i * 5 + bit) / 8] |=
				    (unsigned char)(128 >> (i * 5 + bit) % 8);
	}
	return true;
}

static const char *
fill(struct arena *arena, const char *pattern, const char *token)
{
	const char *place = strstr(pattern, PLACE);

	return arena_printf(
	    arena, "%.*s%s%s", (int)(place - pattern), pattern, token, place + strlen(PLACE));
}

bool
envelope_is_right(struct arena *arena, const char *pattern)
{
	static const unsigned char none[TOKEN_SIZE];
	struct address address;

	return strstr(pattern, PLACE) != NULL &&
	    address_read(arena, fill(arena, pattern, encode(arena, none)), &address) &&
	    !address.is_utf8;
}

const char *
envelope_sender(
    struct arena *arena, const char *pattern, const struct envelope *envelope, uint64_t number)
{
	unsigned char token[TOKEN_SIZE], hash[SECRETS_HASH_SIZE];

	uuid_bytes(envelope->person, token);
	write_number(token + UUID_SIZE, SENT_SIZE, (uint64_t)envelope->sent);
	write_number(token + UUID_SIZE + SENT_SIZE, NUMBER_SIZE, number);
	check(token, hash);
	memcpy(token + NAMED_SIZE, hash, CHECK_SIZE);
	return fill(arena, pattern, encode(arena, token));
}

/* Reads a sender that the text begins with. */
static bool
read_sender(
    struct arena *arena, const char *pattern, const char *text, struct envelope *ret_envelope)
{
	const char *place = strstr(pattern, PLACE), *rest = place + strlen(PLACE);
	unsigned char token[TOKEN_SIZE], hash[SECRETS_HASH_SIZE];
	size_t before = (size_t)(place - pattern);

	if (strncasecmp(text, pattern, before) != 0 || !decode(text + before, token) ||
	    strncasecmp(text + before + ENVELOPE_TOKEN_LENGTH, rest, strlen(rest)) != 0)
		return false;
	check(token, hash);
	if (!secrets_equal(hash, token + NAMED_SIZE, CHECK_SIZE))
		return false;
	ret_envelope->person = uuid_text(arena, token);
	ret_envelope->sent = read_number(token + UUID_SIZE, SENT_SIZE);
	return true;
}

bool
envelope_find(
    struct arena *arena, const char *pattern, const char *text, struct envelope *ret_envelope)
{
	for (; *text != '\0'; text++)
		if (read_sender(arena, pattern, text, ret_envelope))
			return true;
	return false;
}
