/* signatures.h: how what is sent to webhooks is signed (Standard Webhooks 1.0.0), by libsodium. */
#ifndef CORE_SIGNATURES_H
#define CORE_SIGNATURES_H

#include "core/arena.h"

#define SIGNATURES_PUBLIC_SIZE 32
#define SIGNATURES_SECRET_SIZE 64

/* What is signed: the id of the message, the seconds of this attempt, and the bytes of the body. */
struct signed_message {
	const char *id;
	long long timestamp;
	const char *body;
};

/* A secret to be shared with one receiver: "whsec_" and 256 random bits in base64. */
const char *signatures_secret_new(struct arena *arena);

/* "v1,…" (HMAC-SHA256) with such a secret; NULL if it is none. */
const char *signatures_shared(
    struct arena *arena, const char *secret, const struct signed_message *message);

/* A new pair of keys for Ed25519. */
void signatures_keys_new(unsigned char public[static SIGNATURES_PUBLIC_SIZE],
    unsigned char secret[static SIGNATURES_SECRET_SIZE]);

/* "v1a,…" with the secret one of them. */
const char *signatures_public(struct arena *arena,
    const unsigned char secret[static SIGNATURES_SECRET_SIZE],
    const struct signed_message *message);

#endif
