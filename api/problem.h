/* problem.h: every way in which a request can fail, and the faults it names (RFC 9457). */
#ifndef API_PROBLEM_H
#define API_PROBLEM_H

#include <stddef.h>

#include "core/arena.h"
#include "core/buffer.h"

/* name, status, slug (the last part of its type URI), title, what to do about it */
// clang-format off
#define PROBLEMS(X) \
	X(BAD_REQUEST, 400, "bad-request", "The request is not valid HTTP", \
	    "What arrived does not follow RFC 9112, so nothing of it was done and the connection " \
	    "was closed. Look at what your client or a proxy on the way sends.") \
	X(INVALID_PARAMETER, 400, "invalid-parameter", "A parameter is not valid", \
	    "Each entry of errors names a parameter and what it must be. Unknown parameters are " \
	    "refused, never ignored.") \
	X(INVALID_SCOPE, 400, "invalid-scope", "The client has not all of these scopes", \
	    "Ask for scopes that the client has, separated by single spaces, or for none: then the " \
	    "token is good for all that it has.") \
	X(INVALID_PROOF, 400, "invalid-proof", "The proof of the key is missing or not good", \
	    "Send one DPoP proof, made for this request and no other, less than a minute ago, and " \
	    "never sent before (RFC 9449).") \
	X(UNSUPPORTED_GRANT_TYPE, 400, "unsupported-grant-type", "Tokens are not given for this", \
	    "The only grant_type is client_credentials.") \
	X(INVALID_CURSOR, 400, "invalid-cursor", "The cursor does not belong to this list", \
	    "A cursor is good for the list that it came from, with the same filters. Begin again " \
	    "without one.") \
	X(INVALID_JSON, 400, "invalid-json", "The body is not valid JSON", \
	    "The body must be one JSON value in UTF-8, without members given twice, at most 32 " \
	    "levels deep.") \
	X(TOO_MANY, 400, "too-many", "More matches than one answer can hold", \
	    "Narrow the search down, by topic, place or organisation, and put the answers " \
	    "together.") \
	X(UNAUTHENTICATED, 401, "unauthenticated", "A valid key is needed", \
	    "Send the key or token of your client as Authorization: Bearer. It may have been revoked, or " \
	    "ended after an exchange.") \
	X(FORBIDDEN, 403, "forbidden", "The key does not allow this", \
	    "The client lacks the scope, or the resource belongs to an organisation it does not " \
	    "write for.") \
	X(NOT_FOUND, 404, "not-found", "There is nothing here", \
	    "No such resource exists, or not for you.") \
	X(METHOD_NOT_ALLOWED, 405, "method-not-allowed", "The method is not allowed here", \
	    "The field Allow lists the methods that are.") \
	X(NOT_ACCEPTABLE, 406, "not-acceptable", "None of the accepted media types is offered", \
	    "The contract names the media type of each answer.") \
	X(REQUEST_TIMEOUT, 408, "request-timeout", "The request took too long to arrive", \
	    "The connection was closed; send the request again.") \
	X(CONFLICT, 409, "conflict", "The state of the resource does not allow this", \
	    "Something else still depends on it, or it is in a state that does not lead there.") \
	X(IN_PROGRESS, 409, "in-progress", "A request with this key is still being worked on", \
	    "Try again after the time in Retry-After, with the same Idempotency-Key.") \
	X(MEETING_BEGUN, 409, "meeting-begun", "The meeting has begun or is over", \
	    "What has been is not changed any more.") \
	X(FULL, 409, "full", "There is no place left", \
	    "No place is free, and there is no waiting list, or the person waits already.") \
	X(INVALID_TRANSITION, 409, "invalid-transition", "It is in another state", \
	    "From each state only some actions are possible; detail names them.") \
	X(LAST_LEADER, 409, "last-leader", "A group cannot lose its last leader", \
	    "Invite somebody, and leave when they have accepted.") \
	X(REGISTRATION_CLOSED, 409, "registration-closed", "Registration is not open", \
	    "It opens and closes some time before the meeting, and ends if that is cancelled.") \
	X(REGISTRATION_NOT_OFFERED, 409, "registration-not-offered", "One cannot register here", \
	    "The group takes no registrations for this: just come, or write to the group.") \
	X(RELAY_OFF, 409, "relay-off", "The group takes no messages", \
	    "Its entry says how else it can be reached.") \
	X(DUPLICATE, 409, "duplicate", "Something with the same name exists already", \
	    "Choose another slug or name.") \
	X(CURSOR_EXPIRED, 410, "cursor-expired", "What came after the cursor is not all there", \
	    "It is older than what is kept, or the key may read more or less than it could then. " \
	    "Take a new export, and follow the changes from the cursor that it ends with.") \
	X(PRECONDITION_FAILED, 412, "precondition-failed", "The resource has changed meanwhile", \
	    "Get it again, apply your change to what you see, and send its new ETag in If-Match.") \
	X(CONTENT_TOO_LARGE, 413, "content-too-large", "The body is too large", \
	    "A body may have up to one mebibyte.") \
	X(TARGET_TOO_LONG, 414, "target-too-long", "The request target is too long", \
	    "A path with its query may have up to 8192 bytes.") \
	X(UNSUPPORTED_MEDIA_TYPE, 415, "unsupported-media-type", "The media type is not accepted", \
	    "Send application/json, or application/merge-patch+json with PATCH.") \
	X(EXPECTATION_FAILED, 417, "expectation-failed", "The expectation cannot be met", \
	    "Only 100-continue is understood.") \
	X(INVALID_BODY, 422, "invalid-body", "The body does not follow its schema", \
	    "Each entry of errors points to a place in the body and says what it must be; all of " \
	    "them are named at once.") \
	X(IDEMPOTENCY_MISMATCH, 422, "idempotency-mismatch", "The key was used for another request", \
	    "An Idempotency-Key stands for one request. Use a new one for another.") \
	X(PRECONDITION_REQUIRED, 428, "precondition-required", "If-Match is needed", \
	    "Send the ETag of what you are about to change, so that nobody's change is lost.") \
	X(RATE_LIMITED, 429, "rate-limited", "Too many requests", \
	    "Wait for the time in Retry-After. Answers with 304 are not counted.") \
	X(FIELDS_TOO_LARGE, 431, "fields-too-large", "The header fields are too many or too large", \
	    "Up to 100 fields and 32 kibibytes are read; none is ever dropped silently.") \
	X(INTERNAL, 500, "internal", "Something went wrong on our side", \
	    "Tell us the request_id, please.") \
	X(NOT_IMPLEMENTED, 501, "not-implemented", "The method or coding is not known here", \
	    "Methods are GET, HEAD, POST, PATCH, PUT, DELETE and OPTIONS; the only transfer " \
	    "coding is chunked.") \
	X(UNAVAILABLE, 503, "unavailable", "The service is not available just now", \
	    "Try again after the time in Retry-After. A write may have been done all the same: " \
	    "send it with an Idempotency-Key and repeat it with the same.") \
	X(VERSION_NOT_SUPPORTED, 505, "version-not-supported", "Only HTTP/1.0 and HTTP/1.1 are spoken", \
	    "Other versions are for a proxy in front.")
// clang-format on

enum problem {
	PROBLEM_NONE,
#define X(name, status, slug, title, help) PROBLEM_##name,
	PROBLEMS(X) PROBLEM_COUNT
#undef X
};

int problem_status(enum problem problem);
const char *problem_slug(enum problem problem);
const char *problem_title(enum problem problem);
const char *problem_help(enum problem problem);

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

/*
 * All that is wrong with a request; the first FAULTS_MAX of them are kept, count goes on counting.
 */
struct faults {
	struct arena *arena;
	size_t count;
	struct fault *items;
};

/* An empty list whose texts live in the arena. */
struct faults *faults_new(struct arena *arena);

/*
 * Adds a fault in the body. The pointer is copied, code is not, detail is formatted into the arena.
 */
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
void problem_render(
    struct buffer *out, enum problem problem, const struct problem_context *context);

#endif
