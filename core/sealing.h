/* sealing.h: personal data under one key per person: who destroys the key erases the person. */
#ifndef CORE_SEALING_H
#define CORE_SEALING_H

#include <stdbool.h>

#include "core/arena.h"
#include "core/db.h"

/*
 * Three keys one below the other: the master key (see secrets.h) opens wrapping keys, a wrapping
 * key opens the data keys of many persons, a data key opens what is known of one person. All three
 * use XChaCha20-Poly1305 with random nonces. What is bound to what:
 *
 *   wrapping key   its id
 *   data key       the person's id
 *   sealed value   the id of its row, and the name of its column
 *
 * so that nothing opens in another place than the one it was sealed for. Bytes come and go as
 * PostgreSQL writes a bytea ("\x…"), in the envelope of secrets.h: padded to multiples of 32 bytes,
 * so that lengths tell little.
 */

#define SEALING_KEY_SIZE 32

struct sealing_key {
	unsigned char bytes[SEALING_KEY_SIZE];
};

/* What a sealed value is to a reader: goes into the envelope, and is authenticated. */
enum sealed_type { SEALED_TEXT = 1, SEALED_JSON = 2 };

/* A new wrapping key for the row `id` of wrapping_keys, wrapped by the master key. */
const char *sealing_wrapping_new(struct arena *arena, const char *id);

/* A new data key for a person, wrapped by a wrapping key. NULL if that does not open. */
const char *sealing_key_new(struct arena *arena, const char *person, const char *wrapping_id,
    const char *wrapping, struct sealing_key *ret_key);

/* Opens a person's data key. False if it was not made for this person, or was tampered with. */
bool sealing_key_open(const char *person, const char *wrapping_id, const char *wrapping,
    const char *wrapped, struct sealing_key *ret_key);

/* The same with what a row of the database has: _person, _wrapping_id, _wrapping and _wrapped. */
bool sealing_key_of_row(const struct rows *rows, size_t row, struct sealing_key *ret_key);

/* The same data key under another wrapping key. NULL if it does not open. */
const char *sealing_key_rewrap(struct arena *arena, const char *person, const char *from_id,
    const char *from, const char *wrapped, const char *to_id, const char *to);

/* Seals a value for one row and column. */
const char *sealing_seal(struct arena *arena, const struct sealing_key *key, const char *row,
    const char *column, enum sealed_type type, const char *text, size_t length);

/* Opens it, NUL-terminated. NULL if it was sealed elsewhere, or was tampered with. */
const char *sealing_open(struct arena *arena, const struct sealing_key *key, const char *row,
    const char *column, const char *sealed, enum sealed_type *ret_type, size_t *ret_length);

#endif
