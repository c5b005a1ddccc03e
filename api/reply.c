/* reply.c: what an answer carries, and in which form it goes out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "api/negotiation.h"
#include "api/oauth.h"
#include "api/outcome.h"
#include "api/pages.h"
#include "api/reply.h"
#include "api/rows.h"
#include "core/clock.h"
#include "core/gzip.h"
#include "core/json.h"

#define GZIP_FROM 2048 /* bytes of body from which packing pays */

/* clang-format off */
static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 200, "OK"                              },
	{ 201, "Created"                         },
	{ 202, "Accepted"                        },
	{ 204, "No Content"                      },
	{ 303, "See Other"                       },
	{ 304, "Not Modified"                    },
	{ 400, "Bad Request"                     },
	{ 401, "Unauthorized"                    },
	{ 403, "Forbidden"                       },
	{ 404, "Not Found"                       },
	{ 405, "Method Not Allowed"              },
	{ 406, "Not Acceptable"                  },
	{ 408, "Request Timeout"                 },
	{ 409, "Conflict"                        },
	{ 410, "Gone"                            },
	{ 412, "Precondition Failed"             },
	{ 413, "Content Too Large"               },
	{ 414, "URI Too Long"                    },
	{ 415, "Unsupported Media Type"          },
	{ 417, "Expectation Failed"              },
	{ 422, "Unprocessable Content"           },
	{ 428, "Precondition Required"           },
	{ 429, "Too Many Requests"               },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error"           },
	{ 501, "Not Implemented"                 },
	{ 503, "Service Unavailable"             },
	{ 505, "HTTP Version Not Supported"      },
};
/* clang-format on */

/* In which form problems are told: by how the path begins, the first that fits. */
/* clang-format off */
static const struct problem_form {
	const char *prefix;
	const char *type;
	void (*render)(struct buffer *out, enum problem problem, const struct problem_context *context);
} problem_forms[] = {
	{ "/fhir/", "application/fhir+json",    outcome_render },
	{ "",       "application/problem+json", problem_render },
};
/* clang-format on */

static bool
is_page(const struct request *req)
{
	return req->operation != NULL && req->operation->is_page;
}

static bool
is_get(const struct request *req)
{
	return strcmp(req->message->method, "GET") == 0 ||
	    strcmp(req->message->method, "HEAD") == 0;
}

void
reply_tag(struct request *req, const char *revision)
{
	unsigned long mark = XXH3_64bits(req->reply.body.bytes, req->reply.body.length);

	if (revision == NULL)
		req->reply.etag = arena_printf(req->arena, "\"%016lx\"", mark);
	else
		req->reply.etag = arena_printf(req->arena, "\"%s.%016lx\"", revision, mark);
}

const char *
reply_packed_tag(struct arena *arena, const char *etag)
{
	return arena_printf(arena, "%.*s.gz\"", (int)strlen(etag) - 1, etag);
}

void
reply_field(struct request *req, const char *name, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	buffer_printf(
	    &req->reply.fields, "%s: %s\r\n", name, arena_vprintf(req->arena, format, arguments));
	va_end(arguments);
}

void
reply_object(struct request *req, const struct rows *rows, size_t row)
{
	if (rows_write_object(&req->reply.body, rows, row) || req->reply.lacks_values)
		return;
	req->reply.lacks_values = true;
	request_log(req, "sealed values", "some did not open and were left out");
}

void
reply_row_of(struct request *req, const struct rows *rows, size_t row)
{
	const char *location = rows_text(rows, row, "_location");

	reply_object(req, rows, row);
	reply_tag(req, rows_text(rows, row, "_revision"));
	req->reply.location = location == NULL ? NULL : arena_strdup(req->arena, location);
}

enum problem
reply_row(struct request *req, const struct rows *rows)
{
	if (rows_count(rows) == 0)
		return PROBLEM_NOT_FOUND;
	reply_row_of(req, rows, 0);
	return PROBLEM_NONE;
}

void
reply_member(struct request *req, const char *name, const char *text)
{
	struct buffer *body = &req->reply.body;

	body->length--;
	buffer_printf(body, ",\"%s\":", name);
	json_write_string(body, text, strlen(text));
	buffer_string(body, "}");
}

/* Says which occurrence of the problem it was, and nothing that came from the request. */
static const char *
instance_of(const struct request *req, enum problem problem)
{
	return arena_printf(req->arena, "%s/problems/%s#%s", req->service->config->base_url,
	    problem_slug(problem), req->id);
}

static const struct problem_form *
problem_form(const struct request *req)
{
	const struct problem_form *form = problem_forms;
	const char *path = req->message->path == NULL ? "" : req->message->path;

	while (strncmp(path, form->prefix, strlen(form->prefix)) != 0)
		form++;
	return form;
}

static void
render_problem(struct request *req, enum problem problem)
{
	struct problem_context context = {
		.base_url = req->service->config->base_url,
		.instance = instance_of(req, problem),
		.request_id = req->id,
		.detail = req->detail,
		.faults = req->faults,
	};

	const struct problem_form *form = problem_form(req);

	req->reply.type = form->type;
	form->render(&req->reply.body, problem, &context);
}

void
reply_problem(struct request *req, enum problem problem)
{
	struct reply *reply = &req->reply;

	reply->status = problem_status(problem);
	reply->etag = NULL;
	reply->location = NULL;
	buffer_init(&reply->body, req->arena, 512);
	if (negotiate_page(req))
		pages_problem(req, problem);
	else if (req->operation != NULL && req->operation->is_oauth)
		oauth_problem(req, problem);
	else
		render_problem(req, problem);
	if (problem == PROBLEM_UNAVAILABLE || problem == PROBLEM_IN_PROGRESS)
		reply_field(req, "Retry-After", "1");
	if (problem == PROBLEM_RATE_LIMITED)
		reply_field(req, "Retry-After", "%lu", (unsigned long)req->quota.retry_seconds);
	if (problem == PROBLEM_UNAUTHENTICATED)
		oauth_challenge(req);
}

static void
pack(struct request *req)
{
	struct buffer packed;

	buffer_init(&packed, req->arena, 0);
	if (!gzip_pack(&packed, &req->reply.body, 1))
		return;
	req->reply.body = packed;
	req->reply.is_packed = true;
}

/* A packed body is another representation and needs another tag. */
static void
choose_coding(struct request *req)
{
	struct reply *reply = &req->reply;

	if (reply->is_packed || reply->body.length < GZIP_FROM || !negotiate_gzip(req))
		return;
	if (reply->etag != NULL)
		reply->etag = reply_packed_tag(req->arena, reply->etag);
	if (!negotiate_known(req))
		pack(req);
}

/* What the client had already cost us next to nothing. */
static void
refund(struct request *req)
{
	if (req->quota.limit > 0)
		quota_refund(req->caller.account, &req->quota);
}

static void
describe_quota(struct request *req)
{
	const struct quota *quota = &req->quota;

	if (quota->limit == 0)
		return;
	reply_field(req, "RateLimit-Policy", "\"default\";q=%lu;w=%d", (unsigned long)quota->limit,
	    QUOTA_WINDOW_SECONDS);
	reply_field(req, "RateLimit", "\"default\";r=%lu;t=%lu", (unsigned long)quota->remaining,
	    (unsigned long)quota->reset_seconds);
}

/* What is of people, and whatever they themselves ask for, is kept by nobody on the way. */
static bool
is_personal(const struct request *req)
{
	const struct operation *op = req->operation;

	return req->caller.kind == CALLER_PERSON || req->caller.kind == CALLER_LEADER ||
	    is_page(req) || (op != NULL && op->is_oauth) ||
	    (op != NULL && !op->anonymous_allowed &&
		(op->allowed[CALLER_PERSON] || op->allowed[CALLER_LEADER] ||
		    (op->statement != NULL && op->statement->is_personal)));
}

/* What anybody may read, pages of any origin may read too. */
static void
describe_access(struct request *req)
{
	bool is_public = req->operation != NULL && req->operation->anonymous_allowed &&
	    is_get(req) && !req->reply.is_private && !is_page(req);

	reply_field(req, "Cache-Control", "%s",
	    is_personal(req)                                   ? "private, no-store" :
		req->caller.kind == CALLER_NOBODY && is_public ? "no-cache" :
								 "private, no-cache");
	reply_field(req, "Vary", "%sAccept-Encoding, Accept-Language, Authorization",
	    is_page(req)                                                     ? "Accept, Cookie, " :
		req->operation != NULL && req->operation->other_type != NULL ? "Accept, " :
									       "");
	if (!is_public)
		return;
	reply_field(req, "Access-Control-Allow-Origin", "*");
	reply_field(req, "Access-Control-Expose-Headers",
	    "ETag, Link, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id");
}

void
reply_finish(struct request *req)
{
	struct reply *reply = &req->reply;

	if (is_get(req) && reply->status == 200 && !is_page(req)) {
		if (reply->etag == NULL)
			reply_tag(req, NULL);
		choose_coding(req);
		if (negotiate_known(req))
			reply->status = 304;
	}
	if (reply->status == 304)
		refund(req);
	else if (reply->is_packed)
		reply_field(req, "Content-Encoding", "gzip");
	describe_quota(req);
	describe_access(req);
}

const char *
reply_reason(int status)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "";
}

static bool
describes_body(const struct reply *reply)
{
	return reply->status != 204 && reply->status != 304;
}

bool
reply_has_body(const struct request *req)
{
	return describes_body(&req->reply) && strcmp(req->message->method, "HEAD") != 0;
}

void
reply_head(const struct request *req, struct buffer *out)
{
	const struct reply *reply = &req->reply;

	buffer_printf(out, "HTTP/1.1 %d %s\r\nDate: %s\r\nX-Request-Id: %s\r\n", reply->status,
	    reply_reason(reply->status), clock_http(), req->id);
	if (describes_body(reply))
		buffer_printf(out, "Content-Type: %s\r\nContent-Length: %zu\r\n", reply->type,
		    reply->body.length);
	if (reply->etag != NULL)
		buffer_printf(out, "ETag: %s\r\n", reply->etag);
	if (reply->modified > 0)
		buffer_printf(out, "Last-Modified: %s\r\n", clock_http_of(reply->modified));
	if (reply->location != NULL)
		buffer_printf(out, "Location: %s\r\n", reply->location);
	if (reply->language != NULL)
		buffer_printf(out, "Content-Language: %s\r\n", reply->language);
	if (reply->policy != NULL)
		buffer_printf(out, "Content-Security-Policy: %s\r\n", reply->policy);
	if (reply->is_private)
		buffer_string(out, "X-Robots-Tag: noindex\r\n");
	buffer_append(out, reply->fields.bytes, reply->fields.length);
	buffer_string(out, "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n");
	if (req->service->is_encrypted)
		buffer_string(out, "Strict-Transport-Security: max-age=31536000\r\n");
	if (reply->closes)
		buffer_string(out, "Connection: close\r\n");
	else if (req->message->minor_version == 0)
		buffer_string(out, "Connection: keep-alive\r\n");
	buffer_string(out, "\r\n");
}
