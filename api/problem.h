/* problem.h: every way in which a request can fail, and the faults it names (RFC 9457). */
#ifndef API_PROBLEM_H
#define API_PROBLEM_H

#include <stddef.h>

#include "core/arena.h"
#include "core/buffer.h"

/* name, status, slug (the last part of its type URI), title */
#define PROBLEMS(X)                                                                               \
	X(BAD_REQUEST, 400, "bad-request", "The request is not valid HTTP")                       \
	X(INVALID_PARAMETER, 400, "invalid-parameter", "A parameter is not valid")                \
	X(INVALID_CURSOR, 400, "invalid-cursor", "The cursor does not belong to this list")       \
	X(INVALID_JSON, 400, "invalid-json", "The body is not valid JSON")                        \
	X(UNAUTHENTICATED, 401, "unauthenticated", "A valid key is needed")                       \
	X(FORBIDDEN, 403, "forbidden", "The key does not allow this")                             \
	X(NOT_FOUND, 404, "not-found", "There is nothing here")                                   \
	X(METHOD_NOT_ALLOWED, 405, "method-not-allowed", "The method is not allowed here")        \
	X(NOT_ACCEPTABLE, 406, "not-acceptable", "None of the accepted media types is offered")   \
	X(REQUEST_TIMEOUT, 408, "request-timeout", "The request took too long to arrive")         \
	X(CONFLICT, 409, "conflict", "The state of the resource does not allow this")             \
	X(IN_PROGRESS, 409, "in-progress", "A request with this key is still being worked on")    \
	X(DUPLICATE, 409, "duplicate", "Something with the same name exists already")             \
	X(PRECONDITION_FAILED, 412, "precondition-failed", "The resource has changed meanwhile")  \
	X(CONTENT_TOO_LARGE, 413, "content-too-large", "The body is too large")                   \
	X(TARGET_TOO_LONG, 414, "target-too-long", "The request target is too long")              \
	X(UNSUPPORTED_MEDIA_TYPE, 415, "unsupported-media-type", "The media type is not accepted") \
	X(EXPECTATION_FAILED, 417, "expectation-failed", "The expectation cannot be met")         \
	X(INVALID_BODY, 422, "invalid-body", "The body does not follow its schema")               \
	X(IDEMPOTENCY_MISMATCH, 422, "idempotency-mismatch", "The key was used for another request") \
	X(PRECONDITION_REQUIRED, 428, "precondition-required", "If-Match is needed")              \
	X(RATE_LIMITED, 429, "rate-limited", "Too many requests")                                 \
	X(FIELDS_TOO_LARGE, 431, "fields-too-large", "The header fields are too many or too large") \
	X(INTERNAL, 500, "internal", "Something went wrong on our side")                          \
	X(NOT_IMPLEMENTED, 501, "not-implemented", "The method or coding is not known here")      \
	X(UNAVAILABLE, 503, "unavailable", "The service is not available just now")               \
	X(VERSION_NOT_SUPPORTED, 505, "version-not-supported", "Only HTTP/1.0 and HTTP/1.1 are spoken")

enum problem {
	PROBLEM_NONE,
#define X(name, status, slug, title) PROBLEM_##name,
	PROBLEMS(X)
#undef X
	PROBLEM_COUNT
};

int problem_status(enum problem problem);
const char *problem_slug(enum problem problem);
const char *problem_title(enum problem problem);

/* The problem with this slug; PROBLEM_INTERNAL if none has it. */
enum problem problem_by_slug(const char *slug);

/* What is wrong at one place. Never a value from the input. */
struct fault {
	const char *pointer;   /* RFC 6901 into the body, or NULL */
	const char *parameter; /* the name of a parameter or header field, or NULL */
	const char *code;      /* a word for programs: "required", "too_long", … */
	const char *detail;    /* a sentence for people */
};

#define FAULTS_MAX 100

/* All that is wrong with a request; the first FAULTS_MAX of them are kept, count goes on counting. */
struct faults {
	struct arena *arena;
	size_t count;
	struct fault items[FAULTS_MAX];
};

/* An empty list whose texts live in the arena. */
struct faults *faults_new(struct arena *arena);

/* Adds a fault in the body. The pointer is copied, code is not, detail is formatted into the arena. */
void faults_add_pointer(struct faults *faults, const char *pointer, const char *code,
    const char *detail, ...) __attribute__((format(printf, 4, 5)));

/* The same for a parameter or header field. */
void faults_add_parameter(struct faults *faults, const char *parameter, const char *code,
    const char *detail, ...) __attribute__((format(printf, 4, 5)));

/* What of a problem document differs from one request to the next; any of it may be NULL. */
struct problem_context {
	const char *base_url;
	const char *instance;
	const char *request_id;
	const char *detail;
	const struct faults *faults;
};

/* Appends the problem document (RFC 9457, section 3) as JSON. */
void problem_render(struct buffer *out, enum problem problem, const struct problem_context *context);

#endif
