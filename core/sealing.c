/* sealing.c: three keys one below the other; the envelope is that of secrets.h. */
#include <string.h>

#include "core/sealing.h"
#include "core/secrets.h"

/* Of an envelope around a key; those of values are in enum sealed_type. */
#define TYPE_KEY 0

_Static_assert(SEALING_KEY_SIZE == SECRETS_KEY_SIZE, "a sealing key is the key of an envelope");

/* Takes a key out of what was opened, and leaves nothing there. */
static bool
take_key(char *opened, size_t length, struct sealing_key *ret_key)
{
	if (opened == NULL || length != SEALING_KEY_SIZE)
		return false;
	memcpy(ret_key->bytes, opened, length);
	secrets_forget(opened, length);
	return true;
}

static bool
open_wrapping(
    struct arena *arena, const char *id, const char *wrapping, struct sealing_key *ret_key)
{
	size_t length = 0;
	char *opened = secrets_open_sealed(arena, SECRETS_WRAPPING, id, wrapping, &length);

	return take_key(opened, length, ret_key);
}

static const char *
wrap(struct arena *arena, const struct sealing_key *wrapping, const char *person,
    const struct sealing_key *key)
{
	return secrets_seal_under(
	    arena, wrapping->bytes, person, TYPE_KEY, (const char *)key->bytes, sizeof(key->bytes));
}

static bool
unwrap(struct arena *arena, const struct sealing_key *wrapping, const char *person,
    const char *wrapped, struct sealing_key *ret_key)
{
	unsigned char type = TYPE_KEY;
	size_t length = 0;
	char *opened = secrets_open_under(arena, wrapping->bytes, person, wrapped, &type, &length);

	return type == TYPE_KEY && take_key(opened, length, ret_key);
}

static const char *
context_of(struct arena *arena, const char *row, const char *column)
{
	return arena_printf(arena, "%s/%s", row, column);
}

const char *
sealing_wrapping_new(struct arena *arena, const char *id)
{
	struct sealing_key key;
	const char *wrapping;

	secrets_random(key.bytes, sizeof(key.bytes));
	wrapping =
	    secrets_seal(arena, SECRETS_WRAPPING, id, (const char *)key.bytes, sizeof(key.bytes));
	secrets_forget(&key, sizeof(key));
	return wrapping;
}

const char *
sealing_key_new(struct arena *arena, const char *person, const char *wrapping_id,
    const char *wrapping, struct sealing_key *ret_key)
{
	struct sealing_key above;
	const char *wrapped;

	if (!open_wrapping(arena, wrapping_id, wrapping, &above))
		return NULL;
	secrets_random(ret_key->bytes, sizeof(ret_key->bytes));
	wrapped = wrap(arena, &above, person, ret_key);
	secrets_forget(&above, sizeof(above));
	return wrapped;
}

bool
sealing_key_open(const char *person, const char *wrapping_id, const char *wrapping,
    const char *wrapped, struct sealing_key *ret_key)
{
	struct arena *arena = arena_new();
	struct sealing_key above;
	bool opened = open_wrapping(arena, wrapping_id, wrapping, &above) &&
	    unwrap(arena, &above, person, wrapped, ret_key);

	secrets_forget(&above, sizeof(above));
	arena_free(arena);
	return opened;
}

bool
sealing_key_of_row(const struct rows *rows, size_t row, struct sealing_key *ret_key)
{
	static const char *const names[] = { "_person", "_wrapping_id", "_wrapping", "_wrapped" };
	const char *of[4];

	for (size_t i = 0; i < 4; i++)
		if ((of[i] = rows_text(rows, row, names[i])) == NULL)
			return false;
	return sealing_key_open(of[0], of[1], of[2], of[3], ret_key);
}

const char *
sealing_key_rewrap(struct arena *arena, const char *person, const char *from_id, const char *from,
    const char *wrapped, const char *to_id, const char *to)
{
	struct sealing_key key, above;
	const char *rewrapped = NULL;

	if (!sealing_key_open(person, from_id, from, wrapped, &key))
		return NULL;
	if (open_wrapping(arena, to_id, to, &above))
		rewrapped = wrap(arena, &above, person, &key);
	secrets_forget(&above, sizeof(above));
	secrets_forget(&key, sizeof(key));
	return rewrapped;
}

const char *
sealing_seal(struct arena *arena, const struct sealing_key *key, const char *row,
    const char *column, enum sealed_type type, const char *text, size_t length)
{
	return secrets_seal_under(
	    arena, key->bytes, context_of(arena, row, column), (unsigned char)type, text, length);
}

const char *
sealing_open(struct arena *arena, const struct sealing_key *key, const char *row,
    const char *column, const char *sealed, enum sealed_type *ret_type, size_t *ret_length)
{
	unsigned char type;
	const char *text = secrets_open_under(
	    arena, key->bytes, context_of(arena, row, column), sealed, &type, ret_length);

	if (text != NULL)
		*ret_type = (enum sealed_type)type;
	return text;
}
