/* perform.c: the manners of operations, and the transaction around a write. */
#include <stdlib.h>
#include <string.h>

#include "api/bindings.h"
#include "api/bundle.h"
#include "api/merge_patch.h"
#include "api/perform.h"
#include "api/page.h"
#include "api/poke.h"
#include "api/reply.h"
#include "api_sql.h"
#include "core/json.h"
#include "core/secrets.h"

/* All who have no key share one space of Idempotency-Keys: theirs shall not meet by chance. */
#define NOBODY_KEY_MIN 16

static enum problem
answer_row(struct request *req)
{
	return reply_row(req, request_query(req, req->operation->statement));
}

static enum problem
answer_list(struct request *req)
{
	page_write(req, request_query(req, req->operation->statement));
	page_end(req);
	return PROBLEM_NONE;
}

static enum problem
answer_bundle(struct request *req)
{
	bundle_write(req, request_query(req, req->operation->statement));
	return PROBLEM_NONE;
}

static enum problem
remove_one(struct request *req)
{
	return rows_count(request_query(req, req->operation->statement)) == 0 ? PROBLEM_NOT_FOUND :
										PROBLEM_NONE;
}

static enum problem (*const manners[])(struct request *) = {
	[ONE] = answer_row,
	[LIST] = answer_list,
	[BUNDLE] = answer_bundle,
	[REMOVAL] = remove_one,
};

static void
text_free(void *text)
{
	free(text);
}

static void
json_free(void *json)
{
	json_decref(json);
}

/*
 * What was read, merged and checked: the whole as the patch leaves it is what must follow the
 * schema, not the patch. The write goes through only if the revision read is still the one there.
 */
static enum problem
apply_patch(struct request *req)
{
	json_t *target, *whole;
	char *text;

	target = json_loads(rows_text(req->document, 0, "document"), JSON_ALLOW_NUL, NULL);
	arena_defer(req->arena, json_free, target);
	if ((whole = merge_patch(target, req->body)) == NULL)
		return PROBLEM_INVALID_BODY;
	arena_defer(req->arena, json_free, whole);
	schema_validate(req->operation->whole, whole, "", req->faults);
	if (req->faults->count > 0)
		return PROBLEM_INVALID_BODY;
	text = json_dumps(whole, JSON_COMPACT);
	arena_defer(req->arena, text_free, text);
	req->body = whole;
	req->body_text = text;
	req->if_match = arena_printf(req->arena, "{%s}", rows_text(req->document, 0, "_revision"));
	return PROBLEM_NONE;
}

static enum problem
act(struct request *req)
{
	const struct operation *op = req->operation;
	enum problem problem;

	req->reply.status = op->status;
	if (req->document != NULL && (problem = apply_patch(req)) != PROBLEM_NONE)
		return problem;
	return op->handler != NULL ? op->handler(req) : manners[op->manner](req);
}

/* What makes two requests the same one. */
static const char *
request_fingerprint(struct request *req)
{
	unsigned char hash[SECRETS_HASH_SIZE];
	struct buffer whole;

	buffer_init(&whole, req->arena, 256 + req->message->body_length);
	buffer_printf(&whole, "%s %s?%s\n", req->message->method, req->message->path,
	    req->message->query == NULL ? "" : req->message->query);
	buffer_append(&whole, req->message->body, req->message->body_length);
	secrets_hash(SECRETS_REQUEST, whole.bytes, whole.length, hash);
	return secrets_bytea(req->arena, hash, sizeof(hash));
}

/* What is kept of an answer opens only together with its key and whoever sent it. */
static const char *
keeping_context(struct request *req)
{
	return arena_printf(req->arena, "%s %s", binding_value(req, "key"),
	    req->caller.kind == CALLER_NOBODY ? "" : binding_value(req, "caller"));
}

static enum problem
reply_again(struct request *req, const struct rows *stored)
{
	size_t length;
	const char *body = secrets_open_sealed(
	    req->arena, SECRETS_REPLY, keeping_context(req), rows_text(stored, 0, "body"), &length);

	if (body == NULL)
		return PROBLEM_INTERNAL;
	req->reply.status = (int)strtol(rows_text(stored, 0, "status"), NULL, 10);
	req->reply.etag = rows_text(stored, 0, "etag");
	req->reply.location = rows_text(stored, 0, "location");
	req->reply.language = rows_text(stored, 0, "language");
	buffer_append(&req->reply.body, body, length);
	return PROBLEM_NONE;
}

/*
 * Effect and answer are stored in one transaction: whoever repeats the request gets the same
 * answer.
 */
static enum problem
act_once(struct request *req, const char *key)
{
	enum problem problem;
	struct rows *claim;

	request_bind(req, "key", key);
	request_bind(req, "fingerprint", request_fingerprint(req));
	request_begin(req);
	claim = request_query(req, STATEMENT(IDEMPOTENCY_CLAIM));
	if (rows_text(claim, 0, "status") != NULL)
		return reply_again(req, claim);
	if ((problem = act(req)) != PROBLEM_NONE)
		return problem;
	request_bind(req, "status", arena_printf(req->arena, "%d", req->reply.status));
	request_bind(req, "etag", req->reply.etag);
	request_bind(req, "location", req->reply.location);
	request_bind(req, "reply_language", req->reply.language);
	request_bind(req, "reply_body",
	    secrets_seal(req->arena, SECRETS_REPLY, keeping_context(req), req->reply.body.bytes,
		req->reply.body.length));
	request_query(req, STATEMENT(IDEMPOTENCY_STORE));
	request_commit(req);
	return PROBLEM_NONE;
}

/* Does it, looks at what came out, and lets the transaction go without a commit. */
static enum problem
act_as_if(struct request *req)
{
	enum problem problem;

	request_begin(req);
	problem = act(req);
	req->reply.location = NULL;
	return problem;
}

static enum problem
act_for_good(struct request *req, const char *key)
{
	if (key == NULL)
		return act(req);
	if (req->caller.kind == CALLER_NOBODY && strlen(key) < NOBODY_KEY_MIN) {
		faults_add_parameter(req->faults, "Idempotency-Key", "too_short",
		    "must have at least %d characters without a key of a client", NOBODY_KEY_MIN);
		return PROBLEM_INVALID_PARAMETER;
	}
	return act_once(req, key);
}

/* What was written may have caused jobs. */
enum problem
perform(struct request *req)
{
	const char *dry_run = request_parameter(req, "dry_run");
	enum problem problem;

	if (dry_run != NULL && strcmp(dry_run, "true") == 0)
		return act_as_if(req);
	problem = act_for_good(req, request_parameter(req, "Idempotency-Key"));
	if (problem == PROBLEM_NONE && strcmp(req->operation->method, "GET") != 0)
		poke(req->service->pool);
	return problem;
}
