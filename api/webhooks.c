/* webhooks.c: webhooks whose URL is looked at and whose secret is made. */
#include <string.h>

#include "api/callee.h"
#include "api/handlers.h"
#include "api/reply.h"
#include "api_sql.h"
#include "core/secrets.h"
#include "core/signatures.h"
#include "core/uuid.h"

/* Binds a new secret, sealed for the webhook, and returns it. */
static const char *
bind_secret(struct request *req, const char *id)
{
	const char *secret = signatures_secret_new(req->arena);

	request_bind(
	    req, "secret", secrets_seal(req->arena, SECRETS_WEBHOOK, id, secret, strlen(secret)));
	return secret;
}

/* The secret is shown once. */
static enum problem
answer_with_secret(struct request *req, const char *secret)
{
	enum problem problem = reply_row(req, request_query(req, req->operation->statement));

	if (problem == PROBLEM_NONE)
		reply_member(req, "secret", secret);
	return problem;
}

enum problem
webhook_create(struct request *req)
{
	const char *id = uuid_new(req->arena);

	callee_check(req, "url");
	request_bind(req, "id", id);
	return answer_with_secret(req, bind_secret(req, id));
}

enum problem
webhook_patch(struct request *req)
{
	callee_check(req, "url");
	return reply_row(req, request_query(req, req->operation->statement));
}

enum problem
webhook_rotate(struct request *req)
{
	return answer_with_secret(req, bind_secret(req, request_parameter(req, "webhook_id")));
}
