/* claims.c: what a signed text claims: when, for whom, and once only. */
#include <string.h>

#include "api/claims.h"
#include "api_sql.h"
#include "core/secrets.h"

#define JTI_MAX      256
#define SECONDS_MAX  1e11 /* in some thousand years */
#define MICROSECONDS 1000000

bool
claims_instant(const json_t *claims, const char *name, int64_t *ret_instant)
{
	const json_t *value = json_object_get(claims, name);

	if (!json_is_number(value) || json_number_value(value) < 0 ||
	    json_number_value(value) > SECONDS_MAX)
		return false;
	*ret_instant = (int64_t)(json_number_value(value) * MICROSECONDS);
	return true;
}

bool
claims_say(const json_t *claims, const char *name, const char *text)
{
	const char *value = json_string_value(json_object_get(claims, name));

	return value != NULL && strcmp(value, text) == 0;
}

static bool
is_among(const json_t *value, const char *const *names)
{
	const char *text = json_string_value(value);

	for (; text != NULL && *names != NULL; names++)
		if (strcmp(*names, text) == 0)
			return true;
	return false;
}

bool
claims_are_for(const json_t *claims, const char *const *names)
{
	const json_t *audience = json_object_get(claims, "aud");

	if (!json_is_array(audience))
		return is_among(audience, names);
	for (size_t i = 0; i < json_array_size(audience); i++)
		if (!is_among(json_array_get(audience, i), names))
			return false;
	return json_array_size(audience) > 0;
}

bool
claims_spend(struct request *req, const json_t *claims, const char *whose, int64_t until)
{
	const char *jti = json_string_value(json_object_get(claims, "jti")), *proof;
	unsigned char hash[SECRETS_HASH_SIZE];

	if (jti == NULL || jti[0] == '\0' || strlen(jti) > JTI_MAX)
		return false;
	proof = arena_printf(req->arena, "%s %s", whose, jti);
	secrets_hash(SECRETS_PROOF, proof, strlen(proof), hash);
	request_bind(req, "proof", secrets_bytea(req->arena, hash, sizeof(hash)));
	request_bind(req, "until", clock_text(req->arena, until));
	return rows_count(request_query(req, STATEMENT(PROOF_SPEND))) > 0;
}
