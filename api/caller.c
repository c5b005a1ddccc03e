/* caller.c: keys, capabilities and sessions, looked up by their keyed hashes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/caller.h"
#include "api/certificate.h"
#include "api/cookie.h"
#include "api/dpop.h"
#include "api/network.h"
#include "api_sql.h"
#include "core/secrets.h"

#define MEMORY_SIZE       256
#define KEY_MAX           100
#define CLIENT_ID_SIZE    37
#define THUMBPRINT_SIZE   44
#define ORGANISATIONS_MAX 4096 /* bytes of the array; a client with more is asked for each time */

struct memory {
	unsigned char hash[SECRETS_HASH_SIZE];
	uint64_t until;  /* of the clock that never goes back: when it has to be asked again */
	int64_t expires; /* of the wall clock: when the key itself ends; INT64_MAX never */
	scope_set scopes;
	uint64_t account;
	size_t requests_per_minute;
	char client_id[CLIENT_ID_SIZE];
	char jkt[THUMBPRINT_SIZE]; /* of the key or certificate that whoever sends it must have */
	char x5t[THUMBPRINT_SIZE];
	char organisations[ORGANISATIONS_MAX];
};

static struct memory memories[MEMORY_SIZE];
static const char scheme_bearer[] = "bearer ", scheme_dpop[] = "dpop ";

static struct memory *
memory_for(const unsigned char hash[static SECRETS_HASH_SIZE])
{
	return &memories[hash[0] % MEMORY_SIZE];
}

static uint64_t
account_of(const unsigned char hash[static SECRETS_HASH_SIZE])
{
	uint64_t account;

	memcpy(&account, hash, sizeof(account));
	return account;
}

/* Until it is known who asks, and if that is nobody, it is the network that counts. */
static void
count_for_address(struct request *req)
{
	unsigned char hash[SECRETS_HASH_SIZE];
	const char *network = network_of(req);

	secrets_hash(SECRETS_ADDRESS, network, strlen(network), hash);
	req->caller.account = account_of(hash);
}

/* All keys and tokens of a client are one account. */
static void
count_for_client(struct request *req, const char *requests_per_minute)
{
	unsigned char hash[SECRETS_HASH_SIZE];
	const char *id = req->caller.client_id;

	secrets_hash(SECRETS_CLIENT_KEY, id, strlen(id), hash);
	req->caller.account = account_of(hash);
	req->caller.requests_per_minute =
	    requests_per_minute == NULL ? 0 : strtoul(requests_per_minute, NULL, 10);
}

/* What a token is bound to, beside the token itself; NULL where it is not. */
struct binding {
	const char *jkt;
	const char *x5t;
};

static void
keep(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text == NULL ? "" : text);
}

static const char *
kept(struct request *req, const char *text)
{
	return text[0] == '\0' ? NULL : arena_strdup(req->arena, text);
}

static void
remember(struct memory *memory, const unsigned char *hash, const struct caller *caller,
    const struct binding *binding, const char *expires)
{
	if (caller->organisations != NULL && strlen(caller->organisations) >= ORGANISATIONS_MAX)
		return;
	memcpy(memory->hash, hash, SECRETS_HASH_SIZE);
	memory->until = clock_monotonic() + CALLER_MEMORY_MS;
	memory->expires = expires == NULL ? INT64_MAX : strtoll(expires, NULL, 10);
	memory->scopes = caller->scopes;
	memory->account = caller->account;
	memory->requests_per_minute = caller->requests_per_minute;
	keep(memory->client_id, sizeof(memory->client_id), caller->client_id);
	keep(memory->organisations, sizeof(memory->organisations), caller->organisations);
	keep(memory->jkt, sizeof(memory->jkt), binding->jkt);
	keep(memory->x5t, sizeof(memory->x5t), binding->x5t);
}

static bool
recall(struct request *req, const struct memory *memory, const unsigned char *hash,
    struct binding *ret_binding)
{
	if (memory->until < clock_monotonic() || memory->expires <= clock_now() ||
	    !secrets_equal(memory->hash, hash, SECRETS_HASH_SIZE))
		return false;
	req->caller.kind = CALLER_CLIENT;
	req->caller.client_id = arena_strdup(req->arena, memory->client_id);
	req->caller.organisations = kept(req, memory->organisations);
	req->caller.scopes = memory->scopes;
	req->caller.account = memory->account;
	req->caller.requests_per_minute = memory->requests_per_minute;
	ret_binding->jkt = kept(req, memory->jkt);
	ret_binding->x5t = kept(req, memory->x5t);
	return true;
}

/* By the keyed hash of what was sent, and the statement that knows it. */
static bool
find_client(struct request *req, const unsigned char hash[static SECRETS_HASH_SIZE],
    const struct statement *statement, struct binding *ret_binding)
{
	struct memory *memory = memory_for(hash);
	struct rows *rows;

	if (recall(req, memory, hash, ret_binding))
		return true;
	request_bind(req, "key_hash", secrets_bytea(req->arena, hash, SECRETS_HASH_SIZE));
	rows = request_query(req, statement);
	if (rows_count(rows) == 0)
		return false;
	req->caller.kind = CALLER_CLIENT;
	req->caller.client_id = rows_text(rows, 0, "id");
	req->caller.organisations = rows_text(rows, 0, "organisations");
	req->caller.scopes = scopes_parse(rows_text(rows, 0, "scopes"));
	count_for_client(req, rows_text(rows, 0, "requests_per_minute"));
	ret_binding->jkt = rows_text(rows, 0, "jkt");
	ret_binding->x5t = rows_text(rows, 0, "x5t");
	remember(memory, hash, &req->caller, ret_binding, rows_text(rows, 0, "expires"));
	return true;
}

static bool
identify_client(struct request *req, const char *key)
{
	unsigned char hash[SECRETS_HASH_SIZE];
	struct binding none = { NULL, NULL };

	secrets_hash(SECRETS_CLIENT_KEY, key, strlen(key), hash);
	return find_client(req, hash, STATEMENT(CLIENT_BY_KEY), &none);
}

/* What is bound to a key comes with a proof of it, and only that does (RFC 9449, section 7.1). */
static bool
is_sent_by_holder(struct request *req, const char *token, const struct binding *binding)
{
	const char *field = http_message_field(req->message, "authorization"), *thumbprint;
	bool says_so = strncasecmp(field, scheme_dpop, strlen(scheme_dpop)) == 0;

	if (says_so != (binding->jkt != NULL))
		return false;
	if (binding->x5t != NULL &&
	    ((thumbprint = certificate_thumbprint(req)) == NULL ||
		strcmp(thumbprint, binding->x5t) != 0))
		return false;
	return binding->jkt == NULL ||
	    (dpop_check(req, token, &thumbprint) && thumbprint != NULL &&
		strcmp(thumbprint, binding->jkt) == 0);
}

static bool
identify_access(struct request *req, const char *token)
{
	unsigned char hash[SECRETS_HASH_SIZE];
	struct binding binding = { NULL, NULL };

	secrets_hash(SECRETS_ACCESS, token, strlen(token), hash);
	if (!find_client(req, hash, STATEMENT(CLIENT_BY_TOKEN), &binding))
		return false;
	if (is_sent_by_holder(req, token, &binding))
		return true;
	req->caller = (struct caller){ .kind = CALLER_NOBODY };
	count_for_address(req);
	return false;
}

/* Never remembered: what is revoked is dead at once. */
static bool
identify_bearer(struct request *req, const char *token)
{
	unsigned char hash[SECRETS_HASH_SIZE];
	struct rows *rows;

	secrets_hash(SECRETS_CAPABILITY, token, strlen(token), hash);
	request_bind(req, "token_hash", secrets_bytea(req->arena, hash, sizeof(hash)));
	rows = request_query(req, STATEMENT(CAPABILITY_GET));
	if (rows_count(rows) == 0)
		return false;
	req->caller.kind =
	    rows_text(rows, 0, "is_session")[0] == 't' ? CALLER_LEADER : CALLER_PERSON;
	req->caller.person_id = rows_text(rows, 0, "person_id");
	req->caller.group_id = rows_text(rows, 0, "group_id");
	req->caller.account = account_of(hash);
	return true;
}

/* What a token begins with says what it is. */
/* clang-format off */
static const struct {
	const char *prefix;
	bool (*identify)(struct request *req, const char *token);
} tokens[] = {
	{ TOKEN_CLIENT,  identify_client },
	{ TOKEN_ACCESS,  identify_access },
	{ TOKEN_LIFE,    identify_bearer },
	{ TOKEN_SESSION, identify_bearer },
};
/* clang-format on */

/* Pages are asked for by browsers, which keep what they were given in a cookie. */
static void
identify_by_cookie(struct request *req)
{
	const char *token = cookie_get(req, COOKIE_SESSION);

	if (token != NULL && strncmp(token, TOKEN_SESSION, strlen(TOKEN_SESSION)) == 0 &&
	    strlen(token) <= KEY_MAX)
		identify_bearer(req, token);
}

/* Only access tokens come with a proof. */
static const char *
token_in(const char *field)
{
	size_t bearer = strlen(scheme_bearer), dpop = strlen(scheme_dpop);

	if (strncasecmp(field, scheme_bearer, bearer) == 0)
		return field + bearer;
	return strncasecmp(field, scheme_dpop, dpop) == 0 &&
		strncmp(field + dpop, TOKEN_ACCESS, strlen(TOKEN_ACCESS)) == 0 ?
	    field + dpop :
	    NULL;
}

static bool
identify(struct request *req, const char *token)
{
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++)
		if (strncmp(token, tokens[i].prefix, strlen(tokens[i].prefix)) == 0)
			return tokens[i].identify(req, token);
	return false;
}

enum problem
caller_identify(struct request *req)
{
	const char *field = http_message_field(req->message, "authorization");

	count_for_address(req);
	if (req->operation != NULL && req->operation->ignores_keys)
		return PROBLEM_NONE;
	if (req->operation != NULL && req->operation->is_page) {
		identify_by_cookie(req);
		return PROBLEM_NONE;
	}
	if (field == NULL)
		return PROBLEM_NONE;
	if (http_message_count(req->message, "authorization") == 1 && strlen(field) <= KEY_MAX &&
	    token_in(field) != NULL && identify(req, token_in(field)))
		return PROBLEM_NONE;
	req->caller.has_bad_key = true; /* whoever guesses does so on the account of the address */
	return PROBLEM_NONE;
}
