/* secrets.c: one master key, a derived key for each purpose. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "core/secrets.h"

#define CONTEXT      "runde--1" /* of the key derivation; a new one makes all hashes worthless */
#define HEX_SIZE     ((size_t)crypto_kdf_KEYBYTES * 2)
#define PURPOSES_MAX 32

#define ENVELOPE_VERSION 1
#define PADDING          ((size_t)32)
#define NONCE_SIZE       ((size_t)crypto_aead_xchacha20poly1305_ietf_NPUBBYTES)
#define TAG_SIZE         ((size_t)crypto_aead_xchacha20poly1305_ietf_ABYTES)
#define HEADER_SIZE      (2 + NONCE_SIZE)

static unsigned char keys[PURPOSES_MAX][SECRETS_KEY_SIZE];

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
	const char *error;
	ssize_t got;

	if (sodium_init() < 0)
		return "libsodium cannot be used";
	if ((descriptor = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return arena_printf(arena, "the key file %s: %s", path, strerror(errno));
	got = read(descriptor, hex, sizeof(hex));
	close(descriptor);
	if (got != (ssize_t)sizeof(hex))
		return "the key file is too short";
	error = derive_keys(hex);
	sodium_memzero(hex, sizeof(hex));
	return error;
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
	sodium_memzero(master, sizeof(master));
	return written ? NULL : "the key file cannot be written";
}

void
secrets_hash(enum secrets_purpose purpose, const void *bytes, size_t length,
    unsigned char hash[static SECRETS_HASH_SIZE])
{
	crypto_generichash(
	    hash, SECRETS_HASH_SIZE, bytes, length, keys[purpose], sizeof(keys[purpose]));
}

/* What is authenticated beside the content; an envelope begins with version and type. */
static const unsigned char *
bound_to(struct arena *arena, const unsigned char *envelope, const char *context, size_t *ret_size)
{
	size_t size = strlen(context) + 1;
	unsigned char *bytes = arena_take(arena, 2 + size);

	memcpy(bytes, envelope, 2);
	memcpy(bytes + 2, context, size);
	*ret_size = 2 + size;
	return bytes;
}

/* Encrypted where it lies, so that no copy of the content is left. */
const char *
secrets_seal_under(struct arena *arena, const unsigned char key[static SECRETS_KEY_SIZE],
    const char *context, unsigned char type, const char *content, size_t length)
{
	size_t padded = (length / PADDING + 1) * PADDING, size = HEADER_SIZE + padded + TAG_SIZE;
	unsigned char *envelope = arena_take(arena, size), *inside = envelope + HEADER_SIZE;
	const unsigned char *bound;
	size_t bound_size;

	envelope[0] = ENVELOPE_VERSION;
	envelope[1] = type;
	randombytes_buf(envelope + 2, NONCE_SIZE);
	memcpy(inside, content, length);
	sodium_pad(NULL, inside, length, PADDING, padded);
	bound = bound_to(arena, envelope, context, &bound_size);
	crypto_aead_xchacha20poly1305_ietf_encrypt(
	    inside, NULL, inside, padded, bound, bound_size, NULL, envelope + 2, key);
	return secrets_bytea(arena, envelope, size);
}

char *
secrets_bytes(struct arena *arena, const char *bytea, size_t *ret_length)
{
	size_t digits = strlen(bytea);
	char *bytes = arena_take(arena, digits / 2 + 1);

	if (strncmp(bytea, "\\x", 2) != 0 ||
	    sodium_hex2bin((unsigned char *)bytes, digits / 2, bytea + 2, digits - 2, NULL,
		ret_length, NULL) != 0)
		return NULL;
	bytes[*ret_length] = '\0';
	return bytes;
}

/* The bytes of a bytea; NULL if they cannot be an envelope of ours. */
static unsigned char *
read_envelope(struct arena *arena, const char *sealed, size_t *ret_size)
{
	char *bytes = secrets_bytes(arena, sealed, ret_size);

	if (bytes == NULL || *ret_size < HEADER_SIZE + TAG_SIZE || bytes[0] != ENVELOPE_VERSION)
		return NULL;
	return (unsigned char *)bytes;
}

char *
secrets_open_under(struct arena *arena, const unsigned char key[static SECRETS_KEY_SIZE],
    const char *context, const char *sealed, unsigned char *ret_type, size_t *ret_length)
{
	size_t size, bound_size, length;
	unsigned char *envelope = read_envelope(arena, sealed, &size), *inside;
	const unsigned char *bound;

	if (envelope == NULL)
		return NULL;
	inside = envelope + HEADER_SIZE;
	bound = bound_to(arena, envelope, context, &bound_size);
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(inside, NULL, NULL, inside,
		size - HEADER_SIZE, bound, bound_size, envelope + 2, key) != 0 ||
	    sodium_unpad(&length, inside, size - HEADER_SIZE - TAG_SIZE, PADDING) != 0)
		return NULL;
	inside[length] = '\0';
	*ret_type = envelope[1];
	*ret_length = length;
	return (char *)inside;
}

const char *
secrets_seal(struct arena *arena, enum secrets_purpose purpose, const char *context,
    const char *content, size_t length)
{
	return secrets_seal_under(arena, keys[purpose], context, 0, content, length);
}

char *
secrets_open_sealed(struct arena *arena, enum secrets_purpose purpose, const char *context,
    const char *sealed, size_t *ret_length)
{
	unsigned char type;

	return secrets_open_under(arena, keys[purpose], context, sealed, &type, ret_length);
}

void
secrets_random(void *bytes, size_t length)
{
	randombytes_buf(bytes, length);
}

void
secrets_forget(void *bytes, size_t length)
{
	sodium_memzero(bytes, length);
}

const char *
secrets_encode(struct arena *arena, const void *bytes, size_t length)
{
	size_t size = sodium_base64_encoded_len(length, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	char *text = arena_alloc(arena, size);

	return sodium_bin2base64(
	    text, size, bytes, length, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static char *
decode(struct arena *arena, const char *text, int variant, size_t *ret_length)
{
	size_t size = strlen(text);
	char *bytes = arena_alloc(arena, size + 1);

	if (sodium_base642bin(
		(unsigned char *)bytes, size, text, size, NULL, ret_length, NULL, variant) != 0)
		return NULL;
	return bytes;
}

char *
secrets_decode(struct arena *arena, const char *text, size_t *ret_length)
{
	return decode(arena, text, sodium_base64_VARIANT_URLSAFE_NO_PADDING, ret_length);
}

char *
secrets_decode64(struct arena *arena, const char *text, size_t *ret_length)
{
	return decode(arena, text, sodium_base64_VARIANT_ORIGINAL, ret_length);
}

const char *
secrets_digest(struct arena *arena, const void *bytes, size_t length)
{
	unsigned char hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, bytes, length);
	return secrets_encode(arena, hash, sizeof(hash));
}

unsigned
secrets_work(const char *text)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	unsigned bits = 0;

	crypto_hash_sha256(hash, (const unsigned char *)text, strlen(text));
	while (bits < sizeof(hash) * 8 && (hash[bits / 8] & (0x80 >> bits % 8)) == 0)
		bits++;
	return bits;
}

const char *
secrets_new(struct arena *arena)
{
	unsigned char random[32];

	randombytes_buf(random, sizeof(random));
	return secrets_encode(arena, random, sizeof(random));
}

const char *
secrets_token(struct arena *arena, const char *prefix)
{
	return arena_printf(arena, "%s%s", prefix, secrets_new(arena));
}

const char *
secrets_bytea(struct arena *arena, const void *bytes, size_t length)
{
	size_t size = length * 2 + 1;
	char *text = arena_take(arena, 2 + size);

	text[0] = '\\';
	text[1] = 'x';
	sodium_bin2hex(text + 2, size, bytes, length);
	return text;
}

bool
secrets_equal(const void *a, const void *b, size_t length)
{
	return sodium_memcmp(a, b, length) == 0;
}
