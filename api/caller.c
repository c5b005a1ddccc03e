/* caller.c: keys, capabilities and sessions, looked up by their keyed hashes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/caller.h"
#include "api/cookie.h"
#include "api_sql.h"
#include "core/secrets.h"

#define MEMORY_SIZE       256
#define KEY_MAX           100
#define CLIENT_ID_SIZE    37
#define ORGANISATIONS_MAX 4096 /* bytes of the array; a client with more is asked for each time */

struct memory {
	unsigned char hash[SECRETS_HASH_SIZE];
	uint64_t until;  /* of the clock that never goes back: when it has to be asked again */
	int64_t expires; /* of the wall clock: when the key itself ends; INT64_MAX never */
	scope_set scopes;
	uint64_t account;
	size_t requests_per_minute;
	char client_id[CLIENT_ID_SIZE];
	char organisations[ORGANISATIONS_MAX];
};

static struct memory memories[MEMORY_SIZE];

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

/* Behind our own proxy it is the last address that the proxy added which counts. */
static const char *
client_address(const struct request *req)
{
	const char *forwarded = http_message_field(req->message, "x-forwarded-for"), *last;

	if (forwarded == NULL || strcmp(req->address, req->service->config->trusted_proxy) != 0)
		return req->address;
	last = strrchr(forwarded, ',');
	last = last == NULL ? forwarded : last + 1;
	return last + strspn(last, " \t");
}

/* Until it is known who asks, and if that is nobody, it is the address that counts. */
static void
count_for_address(struct request *req)
{
	unsigned char hash[SECRETS_HASH_SIZE];
	const char *address = client_address(req);

	secrets_hash(SECRETS_ADDRESS, address, strlen(address), hash);
	req->caller.account = account_of(hash);
}

/* All keys of a client are one account. */
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

static void
remember(struct memory *memory, const unsigned char *hash, const struct caller *caller,
    const char *expires)
{
	if (caller->organisations != NULL && strlen(caller->organisations) >= ORGANISATIONS_MAX)
		return;
	memcpy(memory->hash, hash, SECRETS_HASH_SIZE);
	memory->until = clock_monotonic() + CALLER_MEMORY_MS;
	memory->expires = expires == NULL ? INT64_MAX : strtoll(expires, NULL, 10);
	memory->scopes = caller->scopes;
	memory->account = caller->account;
	memory->requests_per_minute = caller->requests_per_minute;
	snprintf(memory->client_id, sizeof(memory->client_id), "%s", caller->client_id);
	snprintf(memory->organisations, sizeof(memory->organisations), "%s",
	    caller->organisations == NULL ? "" : caller->organisations);
}

static bool
recall(struct request *req, const struct memory *memory, const unsigned char *hash)
{
	if (memory->until < clock_monotonic() || memory->expires <= clock_now() ||
	    !secrets_equal(memory->hash, hash, SECRETS_HASH_SIZE))
		return false;
	req->caller.kind = CALLER_CLIENT;
	req->caller.client_id = arena_strdup(req->arena, memory->client_id);
	req->caller.organisations = memory->organisations[0] == '\0' ?
	    NULL :
	    arena_strdup(req->arena, memory->organisations);
	req->caller.scopes = memory->scopes;
	req->caller.account = memory->account;
	req->caller.requests_per_minute = memory->requests_per_minute;
	return true;
}

static bool
identify_client(struct request *req, const char *key)
{
	unsigned char hash[SECRETS_HASH_SIZE];
	struct memory *memory;
	struct rows *rows;

	secrets_hash(SECRETS_CLIENT_KEY, key, strlen(key), hash);
	memory = memory_for(hash);
	if (recall(req, memory, hash))
		return true;
	request_bind(req, "key_hash", secrets_bytea(req->arena, hash, sizeof(hash)));
	rows = request_query(req, STATEMENT(CLIENT_BY_KEY));
	if (rows_count(rows) == 0)
		return false;
	req->caller.kind = CALLER_CLIENT;
	req->caller.client_id = rows_text(rows, 0, "id");
	req->caller.organisations = rows_text(rows, 0, "organisations");
	req->caller.scopes = scopes_parse(rows_text(rows, 0, "scopes"));
	count_for_client(req, rows_text(rows, 0, "requests_per_minute"));
	remember(memory, hash, &req->caller, rows_text(rows, 0, "expires"));
	return true;
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
	static const char scheme[] = "bearer ";
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
	if (http_message_count(req->message, "authorization") == 1 &&
	    strncasecmp(field, scheme, strlen(scheme)) == 0 && strlen(field) <= KEY_MAX &&
	    identify(req, field + strlen(scheme)))
		return PROBLEM_NONE;
	req->caller.has_bad_key = true; /* whoever guesses does so on the account of the address */
	return PROBLEM_NONE;
}
