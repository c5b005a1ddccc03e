/* serve.c: the steps that every request takes, in their order. */
#include <stdlib.h>
#include <string.h>

#include "api/caller.h"
#include "api/form.h"
#include "api/negotiation.h"
#include "api/parameters.h"
#include "api/perform.h"
#include "api/reply.h"
#include "api/serve.h"
#include "api/target.h"
#include "core/json.h"

#define DEPTH_MAX 32

/* The request's own id if it is harmless, else a new one. */
static enum problem
name_request(struct request *req)
{
	static const char allowed[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	const char *given = http_message_field(req->message, "x-request-id");
	size_t length = given == NULL ? 0 : strlen(given);

	if (length > 0 && length <= 64 && strspn(given, allowed) == length)
		req->id = given;
	return PROBLEM_NONE;
}

static const char *
allowed_methods(const struct request *req)
{
	struct buffer list;

	buffer_init(&list, req->arena, 64);
	for (size_t i = 0; i < req->route->operation_count; i++) {
		const char *method = req->route->operations[i]->method;

		buffer_printf(&list, "%s, ", strcmp(method, "GET") == 0 ? "GET, HEAD" : method);
	}
	buffer_string(&list, "OPTIONS");
	return buffer_text(&list);
}

static bool
is_method(const char *word)
{
	static const char *const methods[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE",
		"OPTIONS" };

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strcmp(methods[i], word) == 0)
			return true;
	return false;
}

static enum problem
look_up_operation(struct request *req)
{
	const char *method = req->message->method;
	char *segments[SEGMENTS_MAX];
	size_t count;

	if (!is_method(method))
		return PROBLEM_NOT_IMPLEMENTED;
	if (!target_split(req->arena, req->message->path, segments, &count))
		return PROBLEM_NOT_FOUND;
	req->route = contract_route(req->service->contract, segments, count, req->path_values);
	if (req->route == NULL)
		return PROBLEM_NOT_FOUND;
	req->operation = route_operation(req->route, strcmp(method, "HEAD") == 0 ? "GET" : method);
	if (req->operation != NULL || strcmp(method, "OPTIONS") == 0)
		return PROBLEM_NONE;
	reply_field(req, "Allow", "%s", allowed_methods(req));
	return PROBLEM_METHOD_NOT_ALLOWED;
}

/* What was not found is told later: looking for it counts against the quota like all else. */
static enum problem
find_operation(struct request *req)
{
	req->problem = look_up_operation(req);
	return PROBLEM_NONE;
}

static enum problem
check_operation(struct request *req)
{
	return req->problem;
}

static enum problem
take_quota(struct request *req)
{
	size_t limit = req->caller.requests_per_minute;

	if (req->operation != NULL && req->operation->is_free)
		return PROBLEM_NONE;
	if (limit == 0)
		limit = req->service->config->requests_per_minute;
	return quota_take(req->caller.account, limit, &req->quota) ? PROBLEM_NONE :
								     PROBLEM_RATE_LIMITED;
}

/* Before anything is validated: who may not ask, learns nothing from the answer. */
static enum problem
authorise(struct request *req)
{
	const struct operation *op = req->operation;

	if (req->caller.has_bad_key)
		return PROBLEM_UNAUTHENTICATED;
	if (op == NULL || op->anonymous_allowed)
		return PROBLEM_NONE;
	if (!op->allowed[req->caller.kind])
		return PROBLEM_UNAUTHENTICATED;
	if (req->caller.kind == CALLER_CLIENT && op->scopes != 0 &&
	    (op->scopes & req->caller.scopes) == 0 &&
	    (req->caller.scopes & SCOPE_BIT(SCOPE_ADMIN)) == 0)
		return PROBLEM_FORBIDDEN;
	return PROBLEM_NONE;
}

/*
 * What a page of another origin sends is refused, wherever the browser says so. Where it does not,
 * cookies are SameSite. Our own forms have Origin "null", for pages name no referrer.
 */
static enum problem
check_origin(struct request *req)
{
	const char *origin = http_message_field(req->message, "origin");
	const char *site = http_message_field(req->message, "sec-fetch-site");
	const char *ours = req->service->config->base_url;

	if (req->operation == NULL || !req->operation->is_page ||
	    strcmp(req->message->method, "POST") != 0)
		return PROBLEM_NONE;
	if (site != NULL && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
		return PROBLEM_FORBIDDEN;
	if (origin == NULL || strcmp(origin, "null") == 0)
		return PROBLEM_NONE;
	return strncmp(ours, origin, strlen(origin)) == 0 &&
		strchr("/", ours[strlen(origin)]) != NULL ?
	    PROBLEM_NONE :
	    PROBLEM_FORBIDDEN;
}

static bool
media_type_is(const char *field, const char *type)
{
	size_t length = type == NULL ? 0 : strlen(type);

	return field != NULL && type != NULL && strncasecmp(field, type, length) == 0 &&
	    strchr(" \t;", field[length]) != NULL;
}

static enum problem
check_media_type(struct request *req)
{
	const struct operation *op = req->operation;
	const char *type;

	if (op == NULL || op->body == NULL)
		return PROBLEM_NONE;
	type = http_message_field(req->message, "content-type");
	if (http_message_count(req->message, "content-type") == 1 &&
	    (media_type_is(type, op->body_type) || media_type_is(type, op->other_body_type)))
		return PROBLEM_NONE;
	req->detail = arena_printf(req->arena, "The media type must be %s.", op->body_type);
	return PROBLEM_UNSUPPORTED_MEDIA_TYPE;
}

/*
 * What a patch changes is read before the patch: who may not write it is not told about the body.
 */
static enum problem
read_document(struct request *req)
{
	if (req->operation == NULL || req->operation->document == NULL)
		return PROBLEM_NONE;
	req->document = request_query(req, req->operation->document);
	return rows_count(req->document) == 0 ? PROBLEM_NOT_FOUND : PROBLEM_NONE;
}

static void
body_free(void *body)
{
	json_decref(body);
}

/* What is wrong with a form is told on the page that it is on. */
static enum problem
read_form(struct request *req)
{
	const struct http_message *message = req->message;
	char *text;

	req->body =
	    form_read(req->arena, req->operation->body, http_message_field(message, "content-type"),
		message->body, message->body_length, &req->detail);
	if (req->body == NULL)
		return PROBLEM_INVALID_BODY;
	arena_defer(req->arena, body_free, req->body);
	text = json_dumps(req->body, JSON_COMPACT);
	arena_defer(req->arena, free, text);
	req->body_text = text;
	req->faults = faults_new(req->arena);
	schema_validate(req->operation->body, req->body, "", req->faults);
	return req->faults->count > 0 && !negotiate_page(req) ? PROBLEM_INVALID_BODY : PROBLEM_NONE;
}

static enum problem
read_json(struct request *req)
{
	const struct operation *op = req->operation;
	const struct http_message *message = req->message;
	json_error_t error;

	if (json_depth(message->body, message->body_length) > DEPTH_MAX) {
		req->detail = "The body is nested too deeply.";
		return PROBLEM_INVALID_JSON;
	}
	req->body = json_loadb(message->body, message->body_length,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
	if (req->body == NULL) {
		req->detail = arena_printf(
		    req->arena, "The error is in line %d, column %d.", error.line, error.column);
		return PROBLEM_INVALID_JSON;
	}
	arena_defer(req->arena, body_free, req->body);
	req->body_text = message->body;
	req->faults = faults_new(req->arena);
	schema_validate(op->body, req->body, "", req->faults);
	return req->faults->count > 0 ? PROBLEM_INVALID_BODY : PROBLEM_NONE;
}

static enum problem
read_body(struct request *req)
{
	if (req->operation == NULL || req->operation->body == NULL)
		return PROBLEM_NONE;
	return req->operation->takes_form ? read_form(req) : read_json(req);
}

/* OPTIONS: what is possible here, and for whom in a browser. */
static enum problem
describe_options(struct request *req)
{
	req->reply.status = 204;
	reply_field(req, "Allow", "%s", allowed_methods(req));
	if (route_operation(req->route, "GET") == NULL ||
	    !route_operation(req->route, "GET")->anonymous_allowed)
		return PROBLEM_NONE;
	reply_field(req, "Access-Control-Allow-Origin", "*");
	reply_field(req, "Access-Control-Allow-Methods", "GET, HEAD");
	reply_field(
	    req, "Access-Control-Allow-Headers", "Accept-Language, If-None-Match, X-Request-Id");
	reply_field(req, "Access-Control-Max-Age", "86400");
	return PROBLEM_NONE;
}

static enum problem
answer(struct request *req)
{
	return req->operation == NULL ? describe_options(req) : perform(req);
}

static enum problem
take_steps(struct request *req)
{
	static enum problem (*const steps[])(struct request *) = {
		name_request,
		find_operation,
		caller_identify,
		take_quota,
		check_operation,
		check_origin,
		authorise,
		parameters_read,
		check_media_type,
		read_document,
		read_body,
		answer,
	};
	enum problem problem = PROBLEM_NONE;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && problem == PROBLEM_NONE; i++)
		problem = steps[i](req);
	return problem;
}

static void
finish(struct request *req)
{
	if (req->problem != PROBLEM_NONE)
		reply_problem(req, req->problem);
	reply_finish(req);
	req->finished(req);
}

void
serve(struct request *req)
{
	req->work = take_steps;
	req->ended = finish;
	request_start(req);
}
