/* dpop.c: proofs that whoever sends a token has the key that it is bound to. */
#include <string.h>

#include "api/claims.h"
#include "api/dpop.h"
#include "api/jose.h"
#include "core/secrets.h"

#define PROOF_MAX 4096
#define LIFETIME  INT64_C(60000000)

/* Without query and fragment, as both sides are compared. */
static bool
is_address(const struct request *req, const char *uri)
{
	const char *base = req->service->config->base_url, *path = req->message->path;
	size_t length = strlen(base);

	return uri != NULL && strncmp(uri, base, length) == 0 &&
	    strcspn(uri + length, "?#") == strlen(path) &&
	    strncmp(uri + length, path, strlen(path)) == 0;
}

static bool
is_of_now(const json_t *claims, int64_t *ret_issued)
{
	return claims_instant(claims, "iat", ret_issued) &&
	    *ret_issued <= clock_now() + CLAIMS_AHEAD && *ret_issued > clock_now() - LIFETIME;
}

static bool
is_for_request(const struct request *req, const json_t *claims, const char *token)
{
	return claims_say(claims, "htm", req->message->method) &&
	    is_address(req, json_string_value(json_object_get(claims, "htu"))) &&
	    (token == NULL ||
		claims_say(claims, "ath", secrets_digest(req->arena, token, strlen(token))));
}

/* The thumbprint of the key in the header, which must have signed it; NULL if it has not. */
static const char *
signer_of(const struct jose *proof)
{
	const json_t *jwk = json_object_get(proof->header, "jwk");

	return jose_is_signed_by(proof, jwk) ? jose_thumbprint(proof, jwk) : NULL;
}

static const char *
thumbprint_of(struct request *req, const char *field, const char *token)
{
	const struct jose *proof = strlen(field) > PROOF_MAX ? NULL : jose_open(req->arena, field);
	const char *thumbprint;
	int64_t issued;

	if (proof == NULL || proof->type == NULL || strcmp(proof->type, "dpop+jwt") != 0 ||
	    !is_of_now(proof->claims, &issued) || !is_for_request(req, proof->claims, token) ||
	    (thumbprint = signer_of(proof)) == NULL ||
	    !claims_spend(req, proof->claims, thumbprint, issued + LIFETIME))
		return NULL;
	return thumbprint;
}

bool
dpop_check(struct request *req, const char *token, const char **ret_thumbprint)
{
	const char *field = http_message_field(req->message, "dpop"), *thumbprint;

	if (field == NULL) {
		*ret_thumbprint = NULL;
		return true;
	}
	if (http_message_count(req->message, "dpop") != 1 ||
	    (thumbprint = thumbprint_of(req, field, token)) == NULL)
		return false;
	*ret_thumbprint = thumbprint;
	return true;
}
