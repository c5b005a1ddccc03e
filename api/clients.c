/* clients.c: clients whose key is shown once, or whose keys are somewhere else. */
#include <string.h>

#include "api/callee.h"
#include "api/handlers.h"
#include "api/reply.h"
#include "core/secrets.h"

static const char *
bind_new_key(struct request *req)
{
	const char *key = secrets_token(req->arena, TOKEN_CLIENT);
	unsigned char hash[SECRETS_HASH_SIZE];

	secrets_hash(SECRETS_CLIENT_KEY, key, strlen(key), hash);
	request_bind(req, "key_hash", secrets_bytea(req->arena, hash, sizeof(hash)));
	return key;
}

enum problem
client_create(struct request *req)
{
	const char *key = bind_new_key(req);
	const struct rows *rows;

	callee_check(req, "jwks_uri");
	rows = request_query(req, req->operation->statement);
	reply_row_of(req, rows, 0);
	if (rows_text(rows, 0, "_has_key") != NULL)
		reply_member(req, "key", key);
	return PROBLEM_NONE;
}

enum problem
client_patch(struct request *req)
{
	callee_check(req, "jwks_uri");
	return reply_row(req, request_query(req, req->operation->statement));
}

enum problem
client_rotate(struct request *req)
{
	const char *key = bind_new_key(req);

	reply_row_of(req, request_query(req, req->operation->statement), 0);
	req->reply.etag = NULL;
	reply_member(req, "key", key);
	return PROBLEM_NONE;
}
