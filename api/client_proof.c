/* client_proof.c: a secret, a signed assertion or a certificate, and whose it is. */
#include <string.h>
#include <strings.h>

#include "api/certificate.h"
#include "api/claims.h"
#include "api/client_proof.h"
#include "api/jose.h"
#include "api/schema_format.h"
#include "api/target.h"
#include "api_sql.h"
#include "core/secrets.h"

#define ASSERTION_TYPE     "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#define ASSERTION_LIFETIME INT64_C(600000000) /* at most: so long it is remembered */

static const char *
member(const struct request *req, const char *name)
{
	return json_string_value(json_object_get(req->body, name));
}

/* Whoever says who they are must say the same everywhere. */
static bool
is_who_it_says(const struct request *req, const char *client_id)
{
	const char *said = member(req, "client_id");

	return said == NULL || strcmp(said, client_id) == 0;
}

/* A secret, by HTTP Basic ---------------------------------------------------------------------- */

static bool
tries_secret(const struct request *req)
{
	return http_message_field(req->message, "authorization") != NULL;
}

/* Both are encoded as in forms (RFC 6749, section 2.3.1). */
static bool
read_basic(struct request *req, const char **ret_id, const char **ret_secret)
{
	static const char scheme[] = "basic ";
	const char *field = http_message_field(req->message, "authorization");
	char *id, *secret;
	size_t length;

	if (http_message_count(req->message, "authorization") != 1 ||
	    strncasecmp(field, scheme, strlen(scheme)) != 0 ||
	    (id = secrets_decode64(req->arena, field + strlen(scheme), &length)) == NULL ||
	    strlen(id) != length || (secret = strchr(id, ':')) == NULL)
		return false;
	*secret++ = '\0';
	*ret_id = id;
	*ret_secret = secret;
	return target_decode(id, true) && target_decode(secret, true);
}

static enum problem
by_secret(struct request *req)
{
	unsigned char hash[SECRETS_HASH_SIZE];
	const char *id, *secret;
	struct rows *rows;

	if (!read_basic(req, &id, &secret) || !is_who_it_says(req, id))
		return PROBLEM_UNAUTHENTICATED;
	secrets_hash(SECRETS_CLIENT_KEY, secret, strlen(secret), hash);
	request_bind(req, "key_hash", secrets_bytea(req->arena, hash, sizeof(hash)));
	rows = request_query(req, STATEMENT(CLIENT_BY_KEY));
	if (rows_count(rows) == 0 || strcmp(rows_text(rows, 0, "id"), id) != 0)
		return PROBLEM_UNAUTHENTICATED;
	request_bind(req, "client_id", arena_strdup(req->arena, id));
	return PROBLEM_NONE;
}

/* An assertion (RFC 7523, section 3) ----------------------------------------------------------- */

static bool
tries_assertion(const struct request *req)
{
	return json_object_get(req->body, "client_assertion") != NULL ||
	    json_object_get(req->body, "client_assertion_type") != NULL;
}

/* The client that it is of, by its own word; NULL if it does not say. */
static const char *
issuer_of(const struct jose *assertion)
{
	const char *issuer = json_string_value(json_object_get(assertion->claims, "iss"));

	return issuer != NULL && format_uuid(issuer, strlen(issuer)) &&
		claims_say(assertion->claims, "sub", issuer) ?
	    issuer :
	    NULL;
}

static bool
is_signed_by(const struct jose *assertion, const char *text)
{
	json_t *jwk = json_loads(text, 0, NULL);
	bool is_good = jose_is_signed_by(assertion, jwk);

	json_decref(jwk);
	return is_good;
}

/* The thumbprint of the client's key that has signed it; NULL if none has that we know. */
static const char *
key_behind(struct request *req, const struct jose *assertion, const char *client_id)
{
	struct rows *keys;

	request_bind(req, "client_id", client_id);
	request_bind(req, "kid", assertion->kid);
	request_bind(req, "alg", assertion->name);
	request_bind(req, "kty", assertion->key_type);
	keys = request_query(req, STATEMENT(ASSERTION_KEYS_LIST));
	for (size_t i = 0; i < rows_count(keys); i++)
		if (is_signed_by(assertion, rows_text(keys, i, "jwk")))
			return arena_strdup(req->arena, rows_text(keys, i, "thumbprint"));
	request_query(req, STATEMENT(KEYS_WANT));
	return NULL;
}

static bool
is_meant_for_us(struct request *req, const json_t *claims)
{
	const char *issuer = req->service->config->base_url;
	const char *endpoint = arena_printf(req->arena, "%s%s", issuer, TOKEN_PATH);

	return claims_are_for(claims, (const char *const[]){ issuer, endpoint, NULL });
}

/* Not over, and not to last longer than we remember it; nothing of it in the future. */
static bool
is_of_now(const json_t *claims, int64_t *ret_expires)
{
	int64_t now = clock_now(), begins = 0, issued = 0;

	if (!claims_instant(claims, "exp", ret_expires) ||
	    (json_object_get(claims, "nbf") != NULL && !claims_instant(claims, "nbf", &begins)) ||
	    (json_object_get(claims, "iat") != NULL && !claims_instant(claims, "iat", &issued)))
		return false;
	return *ret_expires > now && *ret_expires <= now + ASSERTION_LIFETIME + CLAIMS_AHEAD &&
	    begins <= now + CLAIMS_AHEAD && issued <= now + CLAIMS_AHEAD;
}

/* What is wrong with what it claims; whoever hears it has signed it. */
static const char *
fault_of(struct request *req, const json_t *claims, const char *client_id)
{
	int64_t expires;

	if (!is_meant_for_us(req, claims))
		return "The assertion is not meant for this server.";
	if (!is_of_now(claims, &expires))
		return "The assertion is over, not yet good, or good for more than ten minutes.";
	if (!claims_spend(req, claims, client_id, expires))
		return "The assertion has no jti, or one that was used before.";
	return NULL;
}

static enum problem
by_assertion(struct request *req)
{
	const char *type = member(req, "client_assertion_type"), *text, *client_id, *thumbprint;
	const struct jose *assertion;

	if (type == NULL || strcmp(type, ASSERTION_TYPE) != 0 ||
	    (text = member(req, "client_assertion")) == NULL)
		return PROBLEM_UNAUTHENTICATED;
	if ((assertion = jose_open(req->arena, text)) == NULL ||
	    (client_id = issuer_of(assertion)) == NULL || !is_who_it_says(req, client_id) ||
	    (thumbprint = key_behind(req, assertion, client_id)) == NULL)
		return PROBLEM_UNAUTHENTICATED;
	if ((req->detail = fault_of(req, assertion->claims, client_id)) != NULL)
		return PROBLEM_UNAUTHENTICATED;
	request_bind(req, "credential", thumbprint);
	return PROBLEM_NONE;
}

/* A certificate (RFC 8705, section 2) ---------------------------------------------------------- */

static bool
tries_certificate(const struct request *req)
{
	return !tries_secret(req) && !tries_assertion(req);
}

static bool
is_registered(struct request *req, const struct rows *rows)
{
	const char *subject = rows_text(rows, 0, "subject"), *dns = rows_text(rows, 0, "dns");

	if (rows_text(rows, 0, "is_registered")[0] == 't')
		return true;
	return (subject != NULL || dns != NULL) && certificate_is_of(req, subject, dns);
}

static enum problem
by_certificate(struct request *req)
{
	const char *client_id = member(req, "client_id");
	const char *thumbprint = certificate_thumbprint(req), *named;
	struct rows *rows;

	if (client_id == NULL || !format_uuid(client_id, strlen(client_id)) || thumbprint == NULL)
		return PROBLEM_UNAUTHENTICATED;
	request_bind(req, "client_id", client_id);
	request_bind(req, "thumbprint", thumbprint);
	rows = request_query(req, STATEMENT(CLIENT_CERTIFICATES_GET));
	if (rows_count(rows) == 0 || !is_registered(req, rows))
		return PROBLEM_UNAUTHENTICATED;
	named =
	    rows_text(rows, 0, "is_registered")[0] == 't' ? NULL : rows_text(rows, 0, "credential");
	request_bind(
	    req, "credential", named == NULL ? thumbprint : arena_strdup(req->arena, named));
	return PROBLEM_NONE;
}

/* clang-format off */
static const struct {
	bool (*is_tried)(const struct request *req);
	enum problem (*prove)(struct request *req);
} methods[] = {
	{ tries_secret,      by_secret      },
	{ tries_assertion,   by_assertion   },
	{ tries_certificate, by_certificate },
};
/* clang-format on */

enum problem
client_prove(struct request *req)
{
	enum problem problem = PROBLEM_UNAUTHENTICATED;

	if (tries_secret(req) && tries_assertion(req)) {
		req->detail = "A client proves in one way who it is.";
		return PROBLEM_INVALID_BODY;
	}
	request_bind(req, "key_hash", NULL);
	request_bind(req, "credential", NULL);
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (methods[i].is_tried(req))
			problem = methods[i].prove(req);
	request_bind(req, "x5t", certificate_thumbprint(req));
	return problem;
}
