/* oauth.c: the authorization server: access tokens for clients, their end, and what they are. */
#include <string.h>

#include "api/client_proof.h"
#include "api/dpop.h"
#include "api/handlers.h"
#include "api/jose.h"
#include "api/oauth.h"
#include "api/reply.h"
#include "api_sql.h"
#include "core/json.h"
#include "core/secrets.h"

#define GRANT "client_credentials"

/* How a problem of ours is called there; what is not here is one of ours alone. */
/* clang-format off */
static const struct {
	enum problem problem;
	int status;
	const char *word;
} errors[] = {
	{ PROBLEM_INVALID_PARAMETER,      400, "invalid_request"         },
	{ PROBLEM_INVALID_BODY,           400, "invalid_request"         },
	{ PROBLEM_UNSUPPORTED_MEDIA_TYPE, 400, "invalid_request"         },
	{ PROBLEM_INVALID_SCOPE,          400, "invalid_scope"           },
	{ PROBLEM_INVALID_PROOF,          400, "invalid_dpop_proof"      },
	{ PROBLEM_UNSUPPORTED_GRANT_TYPE, 400, "unsupported_grant_type"  },
	{ PROBLEM_UNAUTHENTICATED,        401, "invalid_client"          },
	{ PROBLEM_FORBIDDEN,              403, "insufficient_scope"      },
	{ PROBLEM_RATE_LIMITED,           429, "temporarily_unavailable" },
	{ PROBLEM_UNAVAILABLE,            503, "temporarily_unavailable" },
};
/* clang-format on */

static void
write_error(struct request *req, const char *word, const char *description)
{
	buffer_printf(&req->reply.body, "{\"error\":\"%s\",\"error_description\":", word);
	json_write_string(&req->reply.body, description, strlen(description));
	buffer_string(&req->reply.body, "}");
}

void
oauth_problem(struct request *req, enum problem problem)
{
	const char *word = "server_error";

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (errors[i].problem != problem)
			continue;
		req->reply.status = errors[i].status;
		word = errors[i].word;
	}
	req->reply.type = "application/json";
	write_error(req, word, req->detail == NULL ? problem_title(problem) : req->detail);
}

/* Clients prove who they are where they get tokens, and everywhere else send one. */
void
oauth_challenge(struct request *req)
{
	bool is_for_tokens =
	    req->operation != NULL && req->operation->is_oauth && req->operation->ignores_keys;

	if (is_for_tokens)
		reply_field(req, "WWW-Authenticate", "Basic realm=\"runde\"");
	else
		reply_field(req, "WWW-Authenticate",
		    "Bearer realm=\"runde\", DPoP algs=\"PS256 ES256 EdDSA Ed25519\"");
}

enum problem
authorization_server_get(struct request *req)
{
	const char *base = req->service->config->base_url;

	buffer_printf(&req->reply.body,
	    "{\"issuer\":\"%s\",\"token_endpoint\":\"%s" TOKEN_PATH "\","
	    "\"revocation_endpoint\":\"%s/oauth2/revoke\","
	    "\"introspection_endpoint\":\"%s/oauth2/introspect\","
	    "\"grant_types_supported\":[\"" GRANT "\"],\"response_types_supported\":[],"
	    "\"token_endpoint_auth_methods_supported\":[" CLIENT_PROOFS "],"
	    "\"token_endpoint_auth_signing_alg_values_supported\":" JOSE_ALGORITHMS ","
	    "\"revocation_endpoint_auth_methods_supported\":[" CLIENT_PROOFS "],"
	    "\"revocation_endpoint_auth_signing_alg_values_supported\":" JOSE_ALGORITHMS ","
	    "\"dpop_signing_alg_values_supported\":" JOSE_ALGORITHMS ","
	    "\"tls_client_certificate_bound_access_tokens\":true,"
	    "\"service_documentation\":\"%s/docs\"}",
	    base, base, base, base, base);
	return PROBLEM_NONE;
}

static void
bind_hash(struct request *req, const char *token)
{
	unsigned char hash[SECRETS_HASH_SIZE];

	secrets_hash(SECRETS_ACCESS, token, strlen(token), hash);
	request_bind(req, "token_hash", secrets_bytea(req->arena, hash, sizeof(hash)));
}

static const char *
member(const struct request *req, const char *name)
{
	return json_string_value(json_object_get(req->body, name));
}

enum problem
token_create(struct request *req)
{
	const char *token = secrets_token(req->arena, TOKEN_ACCESS), *thumbprint;
	enum problem problem;

	if (strcmp(member(req, "grant_type"), GRANT) != 0)
		return PROBLEM_UNSUPPORTED_GRANT_TYPE;
	if ((problem = client_prove(req)) != PROBLEM_NONE)
		return problem;
	if (!dpop_check(req, NULL, &thumbprint))
		return PROBLEM_INVALID_PROOF;
	request_bind(req, "jkt", thumbprint);
	request_bind(req, "scope", member(req, "scope"));
	bind_hash(req, token);
	reply_row_of(req, request_query(req, req->operation->statement), 0);
	req->reply.etag = NULL;
	reply_member(req, "access_token", token);
	return PROBLEM_NONE;
}

enum problem
token_revoke(struct request *req)
{
	enum problem problem = client_prove(req);

	if (problem != PROBLEM_NONE)
		return problem;
	bind_hash(req, member(req, "token"));
	request_query(req, req->operation->statement);
	buffer_string(&req->reply.body, "{}");
	return PROBLEM_NONE;
}

enum problem
token_introspect(struct request *req)
{
	bind_hash(req, member(req, "token"));
	reply_row_of(req, request_query(req, req->operation->statement), 0);
	req->reply.etag = NULL;
	return PROBLEM_NONE;
}
