/* reader.h: HTTP/1.1 requests out of bytes, strictly after RFC 9112. No input, no clock. */
#ifndef API_READER_H
#define API_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "api/problem.h"
#include "core/arena.h"

struct reader_limits {
	size_t target; /* bytes of the request target; more: PROBLEM_TARGET_TOO_LONG */
	size_t head;   /* bytes of request line and field lines; more: PROBLEM_FIELDS_TOO_LARGE */
	size_t fields; /* field lines; more: PROBLEM_FIELDS_TOO_LARGE. Never is one dropped. */
	size_t body;   /* bytes of the decoded body; more: PROBLEM_CONTENT_TOO_LARGE */
};

struct header_field {
	const char *name;  /* lower case */
	const char *value; /* without the white space around it */
};

/* One request as it came in. All strings are NUL-terminated and contain no NUL. */
struct http_message {
	const char *method;
	const char *path;  /* as sent, percent-encoded, begins with '/'; "*" for OPTIONS * */
	const char *query; /* what follows the first '?', as sent; NULL if there is none */
	const char *host;
	int minor_version; /* 0 or 1 */
	bool keep_alive;   /* RFC 9112, section 9.3 */
	size_t field_count;
	const struct header_field *fields; /* in the order they came, host among them */
	const char *body; /* decoded, NUL-terminated behind its length; "" if none */
	size_t body_length;
	bool has_body; /* Content-Length or Transfer-Encoding was there */
};

enum reader_event {
	READER_MORE,     /* everything was consumed, the request is not complete */
	READER_CONTINUE, /* the client waits for 100 Continue (RFC 9110, section 10.1.1) */
	READER_REQUEST,  /* a request is complete; what is not consumed belongs to the next one */
	READER_REFUSED,  /* reader_refusal says why; answer and close: the next request is lost */
};

struct reader;

/*
 * A reader for one request, living in the arena as all that it returns. Field values keep obs-text
 * (bytes from 0x80) as they are. The limits are borrowed and must outlive the reader.
 */
struct reader *reader_new(struct arena *arena, const struct reader_limits *limits);

/*
 * Takes in bytes and says what came of it; ret_consumed is how many of them were used. The bytes
 * may be cut anywhere: the result is the same however they are. After READER_CONTINUE feed the
 * rest. After READER_REQUEST or READER_REFUSED the reader must not be fed again.
 */
enum reader_event reader_feed(
    struct reader *reader, const char *bytes, size_t length, size_t *ret_consumed);

/* True when nothing of a request has arrived yet: the connection is idle, not slow. */
bool reader_is_idle(const struct reader *reader);

/* True once the head is complete: from here on the deadline of the body counts. */
bool reader_has_head(const struct reader *reader);

/* The request; valid after READER_REQUEST. */
const struct http_message *reader_message(const struct reader *reader);

/* Why; valid after READER_REFUSED. */
enum problem reader_refusal(const struct reader *reader);

/* A sentence for the developer of the client, without any of its bytes. */
const char *reader_refusal_detail(const struct reader *reader);

/* The value of the first field with this lower-case name, or NULL. */
const char *http_message_field(const struct http_message *message, const char *name);

/* How many fields have this lower-case name. */
size_t http_message_count(const struct http_message *message, const char *name);

/* The values of all fields with this name as one list (RFC 9110, section 5.3), or NULL. */
const char *http_message_list(
    struct arena *arena, const struct http_message *message, const char *name);

#endif
