/* secrets.h: keyed hashes, envelopes and random secrets, by libsodium. */
#ifndef CORE_SECRETS_H
#define CORE_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"

#define SECRETS_HASH_SIZE 32
#define SECRETS_KEY_SIZE  32

/* Each purpose has a key of its own, derived from the master key; numbers are for ever. */
enum secrets_purpose {
	SECRETS_CLIENT_KEY = 1,  /* API keys of clients */
	SECRETS_CURSOR = 2,      /* cursors of lists */
	SECRETS_ADDRESS = 3,     /* network addresses in memory */
	SECRETS_REQUEST = 4,     /* requests made under an Idempotency-Key */
	SECRETS_WRAPPING = 5,    /* the keys that open the data keys of persons */
	SECRETS_CAPABILITY = 6,  /* tokens of persons and leaders */
	SECRETS_EMAIL = 7,       /* addresses, to find a person by theirs */
	SECRETS_CHALLENGE = 8,   /* challenges of the proof of work */
	SECRETS_REPLY = 9,       /* answers kept under an Idempotency-Key */
	SECRETS_AUDIT = 10,      /* entries of the audit: their seals */
	SECRETS_FEED = 11,       /* contents of calendar feeds: their tags */
	SECRETS_BOUNCE = 12,     /* senders of envelopes: whose mail comes back */
	SECRETS_SUPPRESSED = 13, /* addresses that take no mails */
	SECRETS_LINK = 14,       /* links in mails */
	SECRETS_REFERRAL = 15,   /* codes of referrals */
	SECRETS_WEBHOOK = 16,    /* what webhooks are signed with */
	SECRETS_ACCESS = 17,     /* access tokens of clients */
	SECRETS_PROOF = 18,      /* assertions and proofs that were seen */
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

/*
 * An envelope holds a content that only whoever knows the key and the context can open, and nobody
 * can change: version (1 byte), type (1 byte), nonce (24), ciphertext, tag (16), as PostgreSQL
 * writes a bytea ("\x…"). XChaCha20-Poly1305 with a random nonce; authenticated are version, type,
 * and the context with its NUL. The content is padded to a multiple of 32 bytes, by one at least.
 */

/* Seals under the key of a purpose. */
const char *secrets_seal(struct arena *arena, enum secrets_purpose purpose, const char *context,
    const char *content, size_t length);

/* Opens it, NUL-terminated. NULL if it is none, of another purpose or context, or tampered with. */
char *secrets_open_sealed(struct arena *arena, enum secrets_purpose purpose, const char *context,
    const char *sealed, size_t *ret_length);

/* The same under a key of the caller's, with a type of the caller's. */
const char *secrets_seal_under(struct arena *arena,
    const unsigned char key[static SECRETS_KEY_SIZE], const char *context, unsigned char type,
    const char *content, size_t length);
char *secrets_open_under(struct arena *arena, const unsigned char key[static SECRETS_KEY_SIZE],
    const char *context, const char *sealed, unsigned char *ret_type, size_t *ret_length);

/* Fills with random bytes that nobody can foretell. */
void secrets_random(void *bytes, size_t length);

/* Overwrites with zeros, even if nobody reads it afterwards. */
void secrets_forget(void *bytes, size_t length);

/* With how many zero bits the SHA-256 of a text begins. */
unsigned secrets_work(const char *text);

/* A secret of 256 random bits in base64url, 43 characters. */
const char *secrets_new(struct arena *arena);

/* What tokens begin with: it says whose they are, also to whoever finds one where none belongs. */
#define TOKEN_CLIENT  "runde_"
#define TOKEN_LIFE    "rp_" /* all that a person may do with what is theirs */
#define TOKEN_SESSION "rl_" /* what a leader may do */
#define TOKEN_FEED    "rf_" /* a person's calendar, to read it */
#define TOKEN_ACCESS  "ra_" /* what a client may do, for ten minutes */

/* A secret behind one of these. */
const char *secrets_token(struct arena *arena, const char *prefix);

/* Base64url without padding. */
const char *secrets_encode(struct arena *arena, const void *bytes, size_t length);

/* The bytes of a base64url text, NUL-terminated; NULL if it is none. */
char *secrets_decode(struct arena *arena, const char *text, size_t *ret_length);

/* The same of plain Base64 with padding, as HTTP has it. */
char *secrets_decode64(struct arena *arena, const char *text, size_t *ret_length);

/* SHA-256 in base64url: what others name bytes by, and no secret. */
const char *secrets_digest(struct arena *arena, const void *bytes, size_t length);

/* Lower-case hexadecimal with the "\x" that PostgreSQL wants before a bytea. */
const char *secrets_bytea(struct arena *arena, const void *bytes, size_t length);

/* The bytes behind it, NUL-terminated; NULL if it is none. */
char *secrets_bytes(struct arena *arena, const char *bytea, size_t *ret_length);

/* Compares in a time that does not depend on the contents. */
bool secrets_equal(const void *a, const void *b, size_t length);

#endif
