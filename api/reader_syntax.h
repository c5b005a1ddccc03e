/* reader_syntax.h: the grammar of a request as pure functions, and what can be wrong with it. */
#ifndef API_READER_SYNTAX_H
#define API_READER_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>

#include "api/problem.h"
#include "api/reader.h"
#include "core/arena.h"

/* name, problem, what the developer of the client is told */
#define FLAWS(X)                                                                                  \
	X(METHOD, BAD_REQUEST, "The request does not begin with a method.")                       \
	X(METHOD_LENGTH, NOT_IMPLEMENTED, "The method is longer than any that is known here.")    \
	X(TARGET_BYTE, BAD_REQUEST, "The request target holds a byte that a URI may not hold.")   \
	X(TARGET_LENGTH, TARGET_TOO_LONG, "The request target is longer than the limit.")         \
	X(TARGET_FORM, BAD_REQUEST, "The request target is in no form that this method allows.")  \
	X(PERCENT, BAD_REQUEST, "A percent sign is not followed by two hexadecimal digits.")      \
	X(CONNECT, NOT_IMPLEMENTED, "There are no tunnels here.")                                 \
	X(VERSION, BAD_REQUEST, "The request line does not end with the version of HTTP.")        \
	X(VERSION_UNKNOWN, VERSION_NOT_SUPPORTED, "The request is not HTTP/1.0 or HTTP/1.1.")     \
	X(LINE_END, BAD_REQUEST, "A carriage return is not followed by a line feed.")             \
	X(HEAD_LENGTH, FIELDS_TOO_LARGE, "Request line and fields are larger than the limit.")    \
	X(FIELD_COUNT, FIELDS_TOO_LARGE, "There are more field lines than the limit.")            \
	X(FIELD_BYTE, BAD_REQUEST, "A field line holds a control character or a bare line feed.") \
	X(FIELD_FOLDED, BAD_REQUEST, "A field line begins with white space.")                     \
	X(FIELD_NAME, BAD_REQUEST, "A field line does not begin with a name and a colon.")        \
	X(HOST_MISSING, BAD_REQUEST, "The Host field is missing.")                                \
	X(HOST_REPEATED, BAD_REQUEST, "There is more than one Host field.")                       \
	X(HOST_SYNTAX, BAD_REQUEST, "The Host field is not a host with an optional port.")        \
	X(LENGTH_SYNTAX, BAD_REQUEST, "Content-Length is not a decimal number.")                  \
	X(LENGTH_REPEATED, BAD_REQUEST, "There is more than one Content-Length field.")           \
	X(LENGTH_AND_CODING, BAD_REQUEST, "Both Content-Length and Transfer-Encoding are there.") \
	X(CODING_VERSION, BAD_REQUEST, "HTTP/1.0 has no Transfer-Encoding.")                      \
	X(CODING_SYNTAX, BAD_REQUEST, "Transfer-Encoding is not a list of names.")                \
	X(CODING_ORDER, BAD_REQUEST, "The last transfer coding, and only that, must be chunked.") \
	X(CODING_UNKNOWN, NOT_IMPLEMENTED, "No transfer coding but chunked is known here.")       \
	X(EXPECTATION, EXPECTATION_FAILED, "No expectation but 100-continue is known here.")      \
	X(BODY_LENGTH, CONTENT_TOO_LARGE, "The body is larger than the limit.")                   \
	X(CHUNK_SIZE, BAD_REQUEST, "A chunk does not begin with its size in hexadecimal digits.") \
	X(CHUNK_EXTENSION, BAD_REQUEST, "A chunk extension is not valid.")                        \
	X(CHUNK_LENGTH, BAD_REQUEST, "The chunk extensions are longer than the limit.")           \
	X(CHUNK_END, BAD_REQUEST, "A chunk is not followed by a line end.")

/* Everything that the reader refuses a request for. */
enum flaw {
	FLAW_NONE,
#define X(name, problem, detail) FLAW_##name,
	FLAWS(X)
#undef X
};

enum problem flaw_problem(enum flaw flaw);
const char *flaw_detail(enum flaw flaw);

/* What a byte may be part of. */
enum alphabet {
	IN_NOTHING = 0,
	IN_TOKEN = 1 << 0, /* RFC 9110, section 5.6.2 */
	IN_HOST = 1 << 1,  /* reg-name of RFC 3986, section 3.2.2, but for the comma */
	IN_PATH = 1 << 2,  /* path and query of RFC 3986 */
	IN_URI = 1 << 3,   /* the same and the brackets of an IPv6 address */
	IN_TEXT = 1 << 4,  /* field values: RFC 9110, section 5.5 */
};

bool byte_is_in(char byte, enum alphabet alphabet);

/* How many of the bytes, from the first one on, are in the alphabet. NUL is in none. */
size_t bytes_span(const char *bytes, size_t length, enum alphabet alphabet);
size_t text_span(const char *text, enum alphabet alphabet);

/* Splits "name: value" in place; the name comes out in lower case. */
enum flaw field_split(char *line, struct header_field *ret_field);

/* True for uri-host [ ":" port ] (RFC 9110, section 7.2). */
bool authority_is_valid(const char *authority);

/*
 * Fills path and query of the message, and its host if the target names one, going by its method.
 * RFC 9112, section 3.2.
 */
enum flaw target_read(struct arena *arena, const char *target, struct http_message *message);

/* What the fields say about where the request ends and what becomes of the connection. */
struct framing {
	const char *host;
	size_t length; /* SIZE_MAX if it does not fit */
	bool has_length;
	bool has_coding;
	bool is_chunked;
	bool has_other_coding;
	bool expects_continue;
	bool has_other_expectation;
	bool wants_close;
	bool wants_keep_alive;
};

/* Takes note of the field if it is one that frames. */
enum flaw framing_take(struct framing *framing, const struct header_field *field);

/* What is wrong with all of them together. */
enum flaw framing_check(const struct framing *framing, int minor_version, size_t body_limit);

/* RFC 9112, section 9.3 */
bool framing_keeps_alive(const struct framing *framing, int minor_version);

#define CHUNK_DIGITS_MAX 16

/* The size out of "size *( ; extension )", RFC 9112, section 7.1. Extensions are not kept. */
enum flaw chunk_line_read(const char *line, size_t *ret_size);

#endif
