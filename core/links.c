/* links.c: a person, a generation and a keyed hash of both, in base64url. */
#include <stdint.h>
#include <string.h>

#include "core/links.h"
#include "core/secrets.h"
#include "core/uuid.h"

#define GENERATION 4 /* bytes, big-endian */
#define NAMED_SIZE (UUID_SIZE + GENERATION)
#define TOKEN_SIZE (NAMED_SIZE + SECRETS_HASH_SIZE)

static const char *const paths[LINK_PURPOSE_COUNT] = {
	[LINK_PERSON] = "/my/",
	[LINK_NO_REMINDERS] = "/no-reminders/",
	[LINK_NO_MAILS] = "/no-mails/",
	[LINK_ENTRY] = "/entry/",
	[LINK_REFERRALS] = "/referred/",
};

static void
hash(enum link_purpose purpose, const unsigned char *named,
    unsigned char ret_hash[static SECRETS_HASH_SIZE])
{
	unsigned char bytes[1 + NAMED_SIZE] = { (unsigned char)purpose };

	memcpy(bytes + 1, named, NAMED_SIZE);
	secrets_hash(SECRETS_LINK, bytes, sizeof(bytes), ret_hash);
}

const char *
link_token(struct arena *arena, enum link_purpose purpose, const char *person, unsigned generation)
{
	unsigned char token[TOKEN_SIZE] = { 0 };

	uuid_bytes(person, token);
	for (size_t i = 0; i < GENERATION; i++)
		token[UUID_SIZE + i] = (unsigned char)(generation >> 8 * (GENERATION - 1 - i));
	hash(purpose, token, token + NAMED_SIZE);
	return secrets_encode(arena, token, sizeof(token));
}

bool
link_read(struct arena *arena, enum link_purpose purpose, const char *token, struct link *ret_link)
{
	unsigned char right[SECRETS_HASH_SIZE];
	const unsigned char *bytes;
	size_t length;

	bytes = (const unsigned char *)secrets_decode(arena, token, &length);
	if (bytes == NULL || length != TOKEN_SIZE)
		return false;
	hash(purpose, bytes, right);
	if (!secrets_equal(right, bytes + NAMED_SIZE, sizeof(right)))
		return false;
	ret_link->person = uuid_text(arena, bytes);
	ret_link->generation = (unsigned)bytes[UUID_SIZE] << 24 |
	    (unsigned)bytes[UUID_SIZE + 1] << 16 | (unsigned)bytes[UUID_SIZE + 2] << 8 |
	    (unsigned)bytes[UUID_SIZE + 3];
	return true;
}

const char *
link_path(enum link_purpose purpose)
{
	return paths[purpose];
}
