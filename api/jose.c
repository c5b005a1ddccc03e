/* jose.c: what a client has signed, taken apart and verified. */
#include <rhonabwy.h>
#include <stdlib.h>
#include <string.h>

#include "api/jose.h"
#include "core/json.h"
#include "core/secrets.h"

#define DEPTH_MAX    8
#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 4096 /* whoever signs has the work, but we have some of it too */
#define EXPONENT_MAX 4    /* base64url digits of a public exponent: 65537 has that many */

static const struct {
	const char *name;
	const char *key_type;
	const char *curve;
} algorithms[] = {
#define X(name, key_type, curve) { name, key_type, curve },
	JOSE_ALGORITHMS(X)
#undef X
};

static void
json_free(void *json)
{
	json_decref(json);
}

static const char *
text_of(const json_t *object, const char *member)
{
	return json_string_value(json_object_get(object, member));
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
		jose->algorithm = algorithms[i].name;
		jose->key_type = algorithms[i].key_type;
		jose->curve = algorithms[i].curve;
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
is_text(const char *text, const char *wanted)
{
	return wanted == NULL || (text != NULL && strcmp(text, wanted) == 0);
}

static bool
key_fits(const struct jose *jose, const json_t *jwk)
{
	const char *exponent = text_of(jwk, "e");

	return is_text(text_of(jwk, "kty"), jose->key_type) &&
	    is_text(text_of(jwk, "crv"), jose->curve) &&
	    (exponent == NULL || strlen(exponent) <= EXPONENT_MAX);
}

static bool
is_taken(jwk_t *key)
{
	unsigned bits = 0;
	int type = r_jwk_key_type(key, &bits, 0);

	return (type & R_KEY_TYPE_PUBLIC) != 0 && (type & R_KEY_TYPE_PRIVATE) == 0 &&
	    ((type & R_KEY_TYPE_RSA) == 0 || (bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX));
}

/* The key, which the caller frees; NULL if it is none that goes with the algorithm. */
static jwk_t *
read_key(const struct jose *jose, const json_t *jwk)
{
	jwk_t *key = NULL;
	json_t *copy = key_fits(jose, jwk) ? json_deep_copy(jwk) : NULL;

	if (copy != NULL && r_jwk_init(&key) == RHN_OK &&
	    (r_jwk_import_from_json_t(key, copy) != RHN_OK || !is_taken(key))) {
		r_jwk_free(key);
		key = NULL;
	}
	json_decref(copy);
	return key;
}

static bool
verify(const char *token, jwk_t *key)
{
	jws_t *jws = NULL;
	bool is_good = r_jws_init(&jws) == RHN_OK &&
	    r_jws_advanced_compact_parse(jws, token, R_PARSE_NONE, 0) == RHN_OK &&
	    r_jws_verify_signature(jws, key, 0) == RHN_OK;

	r_jws_free(jws);
	return is_good;
}

bool
jose_is_signed_by(const struct jose *jose, const char *jwk)
{
	json_t *object = json_loads(jwk, JSON_REJECT_DUPLICATES, NULL);
	jwk_t *key = object == NULL ? NULL : read_key(jose, object);
	bool is_good = key != NULL && verify(jose->token, key);

	r_jwk_free(key);
	json_decref(object);
	return is_good;
}

const char *
jose_thumbprint(struct arena *arena, const struct jose *jose, const json_t *jwk)
{
	jwk_t *key = read_key(jose, jwk);
	char *thumbprint = key == NULL ? NULL : r_jwk_thumbprint(key, R_JWK_THUMB_SHA256, 0);
	const char *kept = thumbprint == NULL ? NULL : arena_strdup(arena, thumbprint);

	r_free(thumbprint);
	r_jwk_free(key);
	return kept;
}
