/* jose.c: what a client has signed, taken apart and verified. */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <string.h>

#include "api/jose.h"
#include "core/json.h"
#include "core/secrets.h"

#define DEPTH_MAX     8
#define MODULUS_MIN   256 /* bytes */
#define MODULUS_MAX   512 /* whoever signs has the work, but we have some of it too */
#define EXPONENT_MAX  3   /* 65537 has so many */
#define NUMBER_SIZE   32  /* of P-256, and of Ed25519 */
#define SIGNATURE_MAX 80  /* of P-256, in DER */

struct bytes {
	const unsigned char *at;
	size_t length;
};

struct jose_algorithm {
	const char *name;
	const char *key_name; /* as the "alg" of a key */
	const char *key_type;
	const char *curve;
	const char *thumbprint; /* the members that make it, in their order */
	EVP_PKEY *(*read_key)(struct arena *arena, const json_t *jwk);
	bool (*verify)(
	    EVP_MD_CTX *context, EVP_PKEY *key, struct bytes text, struct bytes signature);
};

static const char *
text_of(const json_t *object, const char *member)
{
	return json_string_value(json_object_get(object, member));
}

/* What a member holds in base64url; nothing if it holds something else. */
static struct bytes
bytes_of(struct arena *arena, const json_t *jwk, const char *member)
{
	const char *text = text_of(jwk, member);
	struct bytes bytes = { NULL, 0 };

	if (text != NULL)
		bytes.at = (unsigned char *)secrets_decode(arena, text, &bytes.length);
	if (bytes.at == NULL)
		bytes.length = 0;
	return bytes;
}

/* Keys ---------------------------------------------------------------------------------------- */

static EVP_PKEY *
key_of(const char *type, OSSL_PARAM_BLD *builder)
{
	OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (parameters == NULL || context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
	    EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(context);
	OSSL_PARAM_free(parameters);
	return key;
}

static EVP_PKEY *
read_rsa(struct arena *arena, const json_t *jwk)
{
	struct bytes n = bytes_of(arena, jwk, "n"), e = bytes_of(arena, jwk, "e");
	OSSL_PARAM_BLD *builder;
	BIGNUM *modulus, *exponent;
	EVP_PKEY *key = NULL;

	if (n.length < MODULUS_MIN || n.length > MODULUS_MAX || n.at[0] == 0 || e.length == 0 ||
	    e.length > EXPONENT_MAX)
		return NULL;
	builder = OSSL_PARAM_BLD_new();
	modulus = BN_bin2bn(n.at, (int)n.length, NULL);
	exponent = BN_bin2bn(e.at, (int)e.length, NULL);
	if (OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) == 1)
		key = key_of("RSA", builder);
	BN_free(exponent);
	BN_free(modulus);
	OSSL_PARAM_BLD_free(builder);
	return key;
}

/* OpenSSL refuses a point that is not on the curve. */
static EVP_PKEY *
read_ec(struct arena *arena, const json_t *jwk)
{
	struct bytes x = bytes_of(arena, jwk, "x"), y = bytes_of(arena, jwk, "y");
	unsigned char point[1 + 2 * NUMBER_SIZE] = { POINT_CONVERSION_UNCOMPRESSED };
	OSSL_PARAM_BLD *builder;
	EVP_PKEY *key = NULL;

	if (x.length != NUMBER_SIZE || y.length != NUMBER_SIZE)
		return NULL;
	memcpy(point + 1, x.at, NUMBER_SIZE);
	memcpy(point + 1 + NUMBER_SIZE, y.at, NUMBER_SIZE);
	builder = OSSL_PARAM_BLD_new();
	if (OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) ==
		1 &&
	    OSSL_PARAM_BLD_push_octet_string(
		builder, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)) == 1)
		key = key_of("EC", builder);
	OSSL_PARAM_BLD_free(builder);
	return key;
}

static EVP_PKEY *
read_edwards(struct arena *arena, const json_t *jwk)
{
	struct bytes x = bytes_of(arena, jwk, "x");

	return x.length == NUMBER_SIZE ?
	    EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x.at, x.length) :
	    NULL;
}

/* Signatures ---------------------------------------------------------------------------------- */

static bool
verify_pss(EVP_MD_CTX *context, EVP_PKEY *key, struct bytes text, struct bytes signature)
{
	EVP_PKEY_CTX *settings;

	return EVP_DigestVerifyInit(context, &settings, EVP_sha256(), NULL, key) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) == 1 &&
	    EVP_DigestVerify(context, signature.at, signature.length, text.at, text.length) == 1;
}

/* Two numbers side by side (RFC 7518, section 3.4) as DER; 0 if they are none. */
static size_t
der_of(struct bytes signature, unsigned char der[static SIGNATURE_MAX])
{
	ECDSA_SIG *pair = signature.length == (size_t)2 * NUMBER_SIZE ? ECDSA_SIG_new() : NULL;
	int length;

	if (pair == NULL)
		return 0;
	ECDSA_SIG_set0(pair, BN_bin2bn(signature.at, NUMBER_SIZE, NULL),
	    BN_bin2bn(signature.at + NUMBER_SIZE, NUMBER_SIZE, NULL));
	length = i2d_ECDSA_SIG(pair, &der);
	ECDSA_SIG_free(pair);
	return length < 0 ? 0 : (size_t)length;
}

static bool
verify_ec(EVP_MD_CTX *context, EVP_PKEY *key, struct bytes text, struct bytes signature)
{
	unsigned char der[SIGNATURE_MAX];
	size_t length = der_of(signature, der);

	return length > 0 && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
	    EVP_DigestVerify(context, der, length, text.at, text.length) == 1;
}

static bool
verify_edwards(EVP_MD_CTX *context, EVP_PKEY *key, struct bytes text, struct bytes signature)
{
	return EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
	    EVP_DigestVerify(context, signature.at, signature.length, text.at, text.length) == 1;
}

/* clang-format off */
static const struct jose_algorithm algorithms[] = {
	{ "PS256",   "PS256", "RSA", NULL,      "e kty n",     read_rsa,     verify_pss     },
	{ "ES256",   "ES256", "EC",  "P-256",   "crv kty x y", read_ec,      verify_ec      },
	{ "EdDSA",   "EdDSA", "OKP", "Ed25519", "crv kty x",   read_edwards, verify_edwards },
	{ "Ed25519", "EdDSA", "OKP", "Ed25519", "crv kty x",   read_edwards, verify_edwards },
};
/* clang-format on */

/* The whole ----------------------------------------------------------------------------------- */

static void
json_free(void *json)
{
	json_decref(json);
}

/* The object in one part of the token; NULL if there is none. */
static json_t *
read_part(struct arena *arena, const char *part, size_t length)
{
	size_t size;
	char *text = secrets_decode(arena, arena_copy(arena, part, length), &size);
	json_t *object;

	if (text == NULL || json_depth(text, size) > DEPTH_MAX)
		return NULL;
	object = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	arena_defer(arena, json_free, object);
	return json_is_object(object) ? object : NULL;
}

static bool
choose_algorithm(struct jose *jose)
{
	const char *name = text_of(jose->header, "alg");

	for (size_t i = 0; name != NULL && i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
		if (strcmp(algorithms[i].name, name) != 0)
			continue;
		jose->algorithm = &algorithms[i];
		jose->name = algorithms[i].key_name;
		jose->key_type = algorithms[i].key_type;
		return true;
	}
	return false;
}

struct jose *
jose_open(struct arena *arena, const char *token)
{
	struct jose *jose = arena_alloc(arena, sizeof(*jose));
	const char *first = strchr(token, '.');
	const char *second = first == NULL ? NULL : strchr(first + 1, '.');

	if (second == NULL || strchr(second + 1, '.') != NULL)
		return NULL;
	jose->arena = arena;
	jose->token = token;
	jose->header = read_part(arena, token, (size_t)(first - token));
	jose->claims = read_part(arena, first + 1, (size_t)(second - first - 1));
	if (jose->header == NULL || jose->claims == NULL || !choose_algorithm(jose) ||
	    json_object_get(jose->header, "crit") != NULL)
		return NULL;
	jose->kid = text_of(jose->header, "kid");
	jose->type = text_of(jose->header, "typ");
	return jose;
}

static bool
member_is(const json_t *jwk, const char *member, const char *wanted)
{
	const char *text = text_of(jwk, member);

	return wanted == NULL || (text != NULL && strcmp(text, wanted) == 0);
}

/* The key, which the caller frees; NULL if it is none that goes with the algorithm. */
static EVP_PKEY *
key_for(const struct jose *jose, const json_t *jwk)
{
	const struct jose_algorithm *algorithm = jose->algorithm;

	return member_is(jwk, "kty", algorithm->key_type) &&
		member_is(jwk, "crv", algorithm->curve) && json_object_get(jwk, "d") == NULL ?
	    algorithm->read_key(jose->arena, jwk) :
	    NULL;
}

bool
jose_is_signed_by(const struct jose *jose, const json_t *jwk)
{
	const char *end = strrchr(jose->token, '.');
	struct bytes text = { (const unsigned char *)jose->token, (size_t)(end - jose->token) };
	struct bytes signature = { NULL, 0 };
	EVP_PKEY *key = key_for(jose, jwk);
	EVP_MD_CTX *context = key == NULL ? NULL : EVP_MD_CTX_new();
	bool is_good;

	signature.at = (unsigned char *)secrets_decode(jose->arena, end + 1, &signature.length);
	is_good = context != NULL && signature.at != NULL &&
	    jose->algorithm->verify(context, key, text, signature);
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	ERR_clear_error(); /* or TLS would take it for its own */
	return is_good;
}

const char *
jose_thumbprint(const struct jose *jose, const json_t *jwk)
{
	char *rest = arena_strdup(jose->arena, jose->algorithm->thumbprint), *member;
	struct buffer json;

	buffer_init(&json, jose->arena, 1024);
	while ((member = strsep(&rest, " ")) != NULL)
		buffer_printf(&json, "%s\"%s\":\"%s\"", json.length == 0 ? "{" : ",", member,
		    text_of(jwk, member));
	buffer_string(&json, "}");
	return secrets_digest(jose->arena, json.bytes, json.length);
}
