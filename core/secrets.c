/* secrets.c: one master key, a derived key for each purpose. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "core/secrets.h"

#define CONTEXT      "runde--1" /* of the key derivation; a new one makes all hashes worthless */
#define HEX_SIZE     ((size_t)crypto_kdf_KEYBYTES * 2)
#define PURPOSES_MAX 16

static unsigned char keys[PURPOSES_MAX][SECRETS_HASH_SIZE];

static const char *
derive_keys(const char *hex)
{
	unsigned char master[crypto_kdf_KEYBYTES];
	size_t length;

	if (sodium_hex2bin(master, sizeof(master), hex, HEX_SIZE, NULL, &length, NULL) != 0 ||
	    length != sizeof(master))
		return "the key file does not hold 64 hexadecimal digits";
	for (size_t i = 0; i < PURPOSES_MAX; i++)
		crypto_kdf_derive_from_key(keys[i], sizeof(keys[i]), i, CONTEXT, master);
	sodium_memzero(master, sizeof(master));
	sodium_mlock(keys, sizeof(keys));
	return NULL;
}

const char *
secrets_open(struct arena *arena, const char *path)
{
	char hex[HEX_SIZE];
	int descriptor;
	ssize_t got;

	if (sodium_init() < 0)
		return "libsodium cannot be used";
	if ((descriptor = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return arena_printf(arena, "the key file %s: %s", path, strerror(errno));
	got = read(descriptor, hex, sizeof(hex));
	close(descriptor);
	if (got != (ssize_t)sizeof(hex))
		return "the key file is too short";
	return derive_keys(hex);
}

const char *
secrets_create(struct arena *arena, const char *path)
{
	unsigned char master[crypto_kdf_KEYBYTES];
	char hex[HEX_SIZE + 1];
	int descriptor;
	bool written;

	if (sodium_init() < 0)
		return "libsodium cannot be used";
	if ((descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) < 0)
		return errno == EEXIST ?
		    NULL :
		    arena_printf(arena, "the key file %s: %s", path, strerror(errno));
	crypto_kdf_keygen(master);
	sodium_bin2hex(hex, sizeof(hex), master, sizeof(master));
	hex[HEX_SIZE] = '\n';
	written =
	    write(descriptor, hex, sizeof(hex)) == (ssize_t)sizeof(hex) && fsync(descriptor) == 0;
	close(descriptor);
	sodium_memzero(hex, sizeof(hex));
	return written ? NULL : "the key file cannot be written";
}

void
secrets_hash(enum secrets_purpose purpose, const void *bytes, size_t length,
    unsigned char hash[static SECRETS_HASH_SIZE])
{
	crypto_generichash(
	    hash, SECRETS_HASH_SIZE, bytes, length, keys[purpose], sizeof(keys[purpose]));
}

const char *
secrets_encode(struct arena *arena, const void *bytes, size_t length)
{
	size_t size = sodium_base64_encoded_len(length, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	char *text = arena_alloc(arena, size);

	return sodium_bin2base64(
	    text, size, bytes, length, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

char *
secrets_decode(struct arena *arena, const char *text, size_t *ret_length)
{
	size_t size = strlen(text);
	char *bytes = arena_alloc(arena, size + 1);

	if (sodium_base642bin((unsigned char *)bytes, size, text, size, NULL, ret_length, NULL,
		sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
		return NULL;
	return bytes;
}

const char *
secrets_new(struct arena *arena)
{
	unsigned char random[32];

	randombytes_buf(random, sizeof(random));
	return secrets_encode(arena, random, sizeof(random));
}

const char *
secrets_bytea(struct arena *arena, const void *bytes, size_t length)
{
	size_t size = length * 2 + 1;

	return arena_printf(
	    arena, "\\x%s", sodium_bin2hex(arena_alloc(arena, size), size, bytes, length));
}

bool
secrets_equal(const void *a, const void *b, size_t length)
{
	return sodium_memcmp(a, b, length) == 0;
}
