/* signatures.c: HMAC and Ed25519 over id, time and body. */
#include <sodium.h>
#include <string.h>

#include "core/signatures.h"

#define PREFIX      "whsec_"
#define SECRET_SIZE 32
#define SECRET_MAX  128

_Static_assert(SIGNATURES_PUBLIC_SIZE == crypto_sign_PUBLICKEYBYTES, "keys of Ed25519");
_Static_assert(SIGNATURES_SECRET_SIZE == crypto_sign_SECRETKEYBYTES, "keys of Ed25519");

static const char *
encode(struct arena *arena, const char *prefix, const unsigned char *bytes, size_t length)
{
	size_t size = sodium_base64_encoded_len(length, sodium_base64_VARIANT_ORIGINAL);
	char *text = arena_take(arena, size);

	sodium_bin2base64(text, size, bytes, length, sodium_base64_VARIANT_ORIGINAL);
	return arena_printf(arena, "%s%s", prefix, text);
}

static const char *
content_of(struct arena *arena, const struct signed_message *message)
{
	return arena_printf(arena, "%s.%lld.%s", message->id, message->timestamp, message->body);
}

const char *
signatures_secret_new(struct arena *arena)
{
	unsigned char random[SECRET_SIZE];

	randombytes_buf(random, sizeof(random));
	return encode(arena, PREFIX, random, sizeof(random));
}

const char *
signatures_shared(struct arena *arena, const char *secret, const struct signed_message *message)
{
	const char *content = content_of(arena, message);
	unsigned char key[SECRET_MAX], hash[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_state state;
	size_t length;

	if (strncmp(secret, PREFIX, sizeof(PREFIX) - 1) != 0 ||
	    sodium_base642bin(key, sizeof(key), secret + sizeof(PREFIX) - 1,
		strlen(secret) - (sizeof(PREFIX) - 1), NULL, &length, NULL,
		sodium_base64_VARIANT_ORIGINAL) != 0)
		return NULL;
	crypto_auth_hmacsha256_init(&state, key, length);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)content, strlen(content));
	crypto_auth_hmacsha256_final(&state, hash);
	sodium_memzero(key, sizeof(key));
	return encode(arena, "v1,", hash, sizeof(hash));
}

void
signatures_keys_new(unsigned char public[static SIGNATURES_PUBLIC_SIZE],
    unsigned char secret[static SIGNATURES_SECRET_SIZE])
{
	crypto_sign_keypair(public, secret);
}

const char *
signatures_public(struct arena *arena, const unsigned char secret[static SIGNATURES_SECRET_SIZE],
    const struct signed_message *message)
{
	const char *content = content_of(arena, message);
	unsigned char signature[crypto_sign_BYTES];

	crypto_sign_detached(
	    signature, NULL, (const unsigned char *)content, strlen(content), secret);
	return encode(arena, "v1a,", signature, sizeof(signature));
}
