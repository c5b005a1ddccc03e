/* secrets.h: keyed hashes and secrets, by libsodium. */
#ifndef CORE_SECRETS_H
#define CORE_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"

#define SECRETS_HASH_SIZE 32

/* Each purpose has a key of its own, derived from the master key; numbers are for ever. */
enum secrets_purpose {
	SECRETS_CLIENT_KEY = 1, /* API keys of clients */
	SECRETS_CURSOR = 2,     /* cursors of lists */
	SECRETS_ADDRESS = 3,    /* network addresses in memory */
	SECRETS_REQUEST = 4,    /* requests made under an Idempotency-Key */
};

/*
 * Reads the master key (64 hexadecimal digits) from a file. NULL on success, else a sentence about
 * what is wrong. Call once, at start.
 */
const char *secrets_open(struct arena *arena, const char *path);

/*
 * Makes a new master key file, readable by its owner only. NULL on success; an existing file stays.
 */
const char *secrets_create(struct arena *arena, const char *path);

/* The keyed hash (BLAKE2b-256) of some bytes. */
void secrets_hash(enum secrets_purpose purpose, const void *bytes, size_t length,
    unsigned char hash[static SECRETS_HASH_SIZE]);

/* A secret of 256 random bits in base64url, 43 characters. */
const char *secrets_new(struct arena *arena);

/* Base64url without padding. */
const char *secrets_encode(struct arena *arena, const void *bytes, size_t length);

/* The bytes of a base64url text, NUL-terminated; NULL if it is none. */
char *secrets_decode(struct arena *arena, const char *text, size_t *ret_length);

/* Lower-case hexadecimal with the "\x" that PostgreSQL wants before a bytea. */
const char *secrets_bytea(struct arena *arena, const void *bytes, size_t length);

/* Compares in a time that does not depend on the contents. */
bool secrets_equal(const void *a, const void *b, size_t length);

#endif
