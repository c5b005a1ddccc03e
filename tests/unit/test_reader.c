/* test_reader.c: what the reader takes for a request and what it refuses, however it is cut. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/reader.h"
#include "core/buffer.h"
#include "tests/unit/fixture.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define HOST         "Host: runde.example\r\n"
#define GET(fields)  "GET / HTTP/1.1\r\n" HOST fields "\r\n"
#define POST(rest)   "POST /v1/groups HTTP/1.1\r\n" HOST rest
#define EXPECT       "Expect: 100-Continue\r\n"
#define CHUNKED      "Transfer-Encoding: chunked\r\n\r\n"

static const struct reader_limits limits = { 8192, 32768, 100, 1 << 20 };

struct outcome {
	enum reader_event event;
	enum problem problem;
	const char *detail;
	size_t consumed;
	int continues;
	const struct http_message *message;
};

/* The pieces are copied to where the sanitizer sees every byte read beyond them. */
static enum reader_event
feed_copy(struct reader *reader, const char *bytes, size_t length, size_t *ret_consumed)
{
	char *copy = malloc(length + (length == 0));
	enum reader_event event;

	assert_non_null(copy);
	memcpy(copy, bytes, length);
	event = reader_feed(reader, copy, length, ret_consumed);
	free(copy);
	return event;
}

static struct outcome
read_cut(struct arena *arena, const struct reader_limits *given, const char *bytes, size_t length,
    size_t first, size_t others)
{
	struct reader *reader = reader_new(arena, given);
	struct outcome outcome = { .event = READER_MORE };
	size_t piece = first, used;

	while (outcome.event <= READER_CONTINUE && outcome.consumed < length) {
		if (piece > length - outcome.consumed)
			piece = length - outcome.consumed;
		outcome.event = feed_copy(reader, bytes + outcome.consumed, piece, &used);
		if (outcome.event <= READER_CONTINUE)
			assert_int_equal(used, piece);
		outcome.consumed += used;
		outcome.continues += outcome.event == READER_CONTINUE;
		piece = others;
	}
	outcome.problem = reader_refusal(reader);
	outcome.detail = reader_refusal_detail(reader);
	outcome.message = reader_message(reader);
	return outcome;
}

static void
assert_same(const struct outcome *a, const struct outcome *b)
{
	assert_int_equal(a->event, b->event);
	assert_int_equal(a->consumed, b->consumed);
	assert_int_equal(a->problem, b->problem);
	assert_ptr_equal(a->detail, b->detail);
	if (a->event != READER_REQUEST)
		return;
	assert_string_equal(a->message->path, b->message->path);
	assert_int_equal(a->message->field_count, b->message->field_count);
	assert_int_equal(a->message->body_length, b->message->body_length);
	assert_memory_equal(a->message->body, b->message->body, a->message->body_length + 1);
}

/* In one piece, and the same again byte by byte. */
static struct outcome
read_bytes(struct arena *arena, const char *bytes, size_t length)
{
	struct outcome whole = read_cut(arena, &limits, bytes, length, length, length);
	struct outcome single = read_cut(arena, &limits, bytes, length, 1, 1);

	whole.continues = single.continues;
	if (whole.event == READER_CONTINUE)
		whole.event = single.event;
	assert_same(&whole, &single);
	return whole;
}

static struct outcome
read_text(struct arena *arena, const char *text)
{
	return read_bytes(arena, text, strlen(text));
}

static const struct http_message *
accepted(struct arena *arena, const char *text)
{
	struct outcome outcome = read_text(arena, text);

	if (outcome.event != READER_REQUEST)
		print_error("not accepted: %s\n%s\n", text, outcome.detail);
	assert_int_equal(outcome.event, READER_REQUEST);
	assert_int_equal(outcome.consumed, strlen(text));
	return outcome.message;
}

static void
assert_refused(const struct outcome *outcome, enum problem problem, const char *text)
{
	if (outcome->event != READER_REFUSED || outcome->problem != problem)
		print_error("not refused as it should be: %s\n", text);
	assert_int_equal(outcome->event, READER_REFUSED);
	assert_int_equal(outcome->problem, problem);
	assert_non_null(outcome->detail);
	assert_int_equal(outcome->detail[strlen(outcome->detail) - 1], '.');
}

static void
refuses(struct arena *arena, enum problem problem, const char *before, const char *after,
    const char *const *texts)
{
	struct outcome outcome;
	const char *text;

	for (; *texts != NULL; texts++) {
		text = arena_printf(arena, "%s%s%s", before, *texts, after);
		outcome = read_text(arena, text);
		assert_refused(&outcome, problem, text);
	}
}

/* Each of the texts, between what comes before and what comes after it, is refused. */
#define REFUSES(problem, before, after, ...) \
	refuses(*state, problem, before, after, (const char *const[]){ __VA_ARGS__, NULL })

static void
reads_a_plain_request(void **state)
{
	const struct http_message *message = accepted(*state,
	    "GET /v1/meetings?after=a%20b&x HTTP/1.1\r\nHost: a.example:8080\r\n"
	    "Accept: */*\r\n\r\n");

	assert_string_equal(message->method, "GET");
	assert_string_equal(message->path, "/v1/meetings");
	assert_string_equal(message->query, "after=a%20b&x");
	assert_string_equal(message->host, "a.example:8080");
	assert_int_equal(message->minor_version, 1);
	assert_true(message->keep_alive);
	assert_false(message->has_body);
	assert_string_equal(message->body, "");
	assert_int_equal(message->body_length, 0);
	assert_int_equal(message->field_count, 2);
	assert_string_equal(message->fields[0].name, "host");
	assert_string_equal(http_message_field(message, "accept"), "*/*");
	assert_null(http_message_field(message, "accept-language"));
}

static void
takes_any_token_for_a_method(void **state)
{
	assert_string_equal(accepted(*state, "get / HTTP/1.1\r\n" HOST "\r\n")->method, "get");
	assert_string_equal(
	    accepted(*state, "!#$%&'*+-.^_`|~9Z / HTTP/1.1\r\n" HOST "\r\n")->method,
	    "!#$%&'*+-.^_`|~9Z");
}

static void
refuses_what_is_no_request_line(void **state)
{
	REFUSES(PROBLEM_BAD_REQUEST, "", "", "\n", " / HTTP/1.1\r\n" HOST "\r\n",
	    " GET / HTTP/1.1\r\n", "GET  HTTP/1.1\r\n" HOST "\r\n", "\tGET / HTTP/1.1\r\n",
	    "\r\n\r\nGET / HTTP/1.1\r\n", "\rGET / HTTP/1.1\r\n", "\nGET / HTTP/1.1\r\n", "GET\r\n",
	    "GET /\r\n", "GET / \r\n", "GET  / HTTP/1.1\r\n", "GET /  HTTP/1.1\r\n",
	    "GET / HTTP/1.1 \r\n", "GET\t/ HTTP/1.1\r\n", "GET /\tHTTP/1.1\r\n", "GET / HTTP/1.1\n",
	    "GET / HTTP/1.1\r\r\n", "GET / HTTP/1.1\rHost: a\r\n", "GET / http/1.1\r\n",
	    "GET / HTTP/11\r\n", "GET / HTTP/1\r\n", "GET / HTTP/1.\r\n", "GET / HTTP/.1\r\n",
	    "GET / HTTP/1,1\r\n", "GET / HTTP/1.10\r\n", "GET / HTTP/01.1\r\n",
	    "GET / HTTP/1.x\r\n", "GET / HTP/1.1\r\n", "G(T / HTTP/1.1\r\n",
	    "G\xc3\x84T / HTTP/1.1\r\n", "\x16\x03\x01\x02");
	REFUSES(PROBLEM_VERSION_NOT_SUPPORTED, "", "", "GET / HTTP/0.9\r\n", "GET / HTTP/1.2\r\n",
	    "GET / HTTP/2.0\r\n", "PRI * HTTP/2.0\r\n");
	REFUSES(PROBLEM_NOT_IMPLEMENTED, "", "", "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG");
}

static void
overlooks_one_empty_line_before_the_request(void **state)
{
	assert_string_equal(accepted(*state, "\r\nGET /a HTTP/1.1\r\n" HOST "\r\n")->path, "/a");
}

static void
reads_the_forms_of_a_target(void **state)
{
	/* clang-format off */
	static const struct {
		const char *line, *path, *query, *host;
	} forms[] = {
		{ "GET /",                         "/",                     NULL,       "runde.example"    },
		{ "GET //a/../b",                  "//a/../b",              NULL,       "runde.example"    },
		{ "GET /?",                        "/",                     "",         "runde.example"    },
		{ "GET /a?b?c",                    "/a",                    "b?c",      "runde.example"    },
		{ "GET /a?b=/c:d@e",               "/a",                    "b=/c:d@e", "runde.example"    },
		{ "GET /-._~!$&'()*+,;=:@%aF",     "/-._~!$&'()*+,;=:@%aF", NULL,       "runde.example"    },
		{ "GET http://a.example/b?c",      "/b",                    "c",        "a.example"        },
		{ "GET HTTPS://a.example:443/b",   "/b",                    NULL,       "a.example:443"    },
		{ "GET http://a.example",          "/",                     NULL,       "a.example"        },
		{ "GET http://a.example?b/c",      "/",                     "b/c",      "a.example"        },
		{ "GET http://[2001:db8::1]:80/b", "/b",                    NULL,       "[2001:db8::1]:80" },
		{ "OPTIONS *",                     "*",                     NULL,       "runde.example"    },
		{ "OPTIONS /a",                    "/a",                    NULL,       "runde.example"    },
		{ "OPTIONS http://a.example",      "*",                     NULL,       "a.example"        },
		{ "OPTIONS http://a.example?",     "/",                     "",         "a.example"        },
		{ "OPTIONS http://a.example/",     "/",                     NULL,       "a.example"        },
	};
	/* clang-format on */
	const struct http_message *message;

	for (size_t i = 0; i < COUNT(forms); i++) {
		message = accepted(
		    *state, arena_printf(*state, "%s HTTP/1.1\r\n" HOST "\r\n", forms[i].line));
		assert_string_equal(message->path, forms[i].path);
		assert_string_equal(message->host, forms[i].host);
		if (forms[i].query == NULL)
			assert_null(message->query);
		else
			assert_string_equal(message->query, forms[i].query);
	}
}

static void
refuses_what_is_no_target(void **state)
{
	REFUSES(PROBLEM_BAD_REQUEST, "", " HTTP/1.1\r\n" HOST "\r\n", "GET a", "GET *", "POST *",
	    "OPTIONS **", "OPTIONS *?a", "GET ?a", "GET a.example:80", "GET ftp://a.example/",
	    "GET http:/a", "GET http://", "GET http:///a", "GET http://:80/a",
	    "GET http://me@a.example/", "GET http://a.example:x/", "GET http://a,b/",
	    "GET http://[::1/", "GET /a#b", "GET /a\"b", "GET /<a>", "GET /a\\b", "GET /a^b",
	    "GET /a`b", "GET /{a}", "GET /a|b", "GET /[a]", "GET /?a[b]=c", "GET /\x7f",
	    "GET /\x01", "GET /caf\xc3\xa9", "GET /%", "GET /%4", "GET /%4g", "GET /%%41",
	    "GET /?%zz", "CONNECT /", "CONNECT a.example",
	    "CONNECT a.example:", "CONNECT http://a.example:80");
	REFUSES(PROBLEM_NOT_IMPLEMENTED, "", " HTTP/1.1\r\n" HOST "\r\n", "CONNECT a.example:443",
	    "CONNECT [::1]:443");
}

static void
keeps_field_values_as_they_are_but_for_white_space_around(void **state)
{
	const struct http_message *message = accepted(*state,
	    GET("X-Mixed-CASE:\t a\tb  \"c\\\" \t\r\nX-Empty:\r\nX-Blank: \t \r\n"
		"X-Bytes:\x80\xff\r\nX-Empty: second\r\nA:b:c\r\n"));

	assert_int_equal(message->field_count, 7);
	assert_string_equal(message->fields[1].name, "x-mixed-case");
	assert_string_equal(message->fields[1].value, "a\tb  \"c\\\"");
	assert_string_equal(http_message_field(message, "x-empty"), "");
	assert_string_equal(http_message_field(message, "x-blank"), "");
	assert_string_equal(http_message_field(message, "x-bytes"), "\x80\xff");
	assert_string_equal(message->fields[5].value, "second");
	assert_string_equal(http_message_field(message, "a"), "b:c");
}

static void
refuses_what_is_no_field_line(void **state)
{
	REFUSES(PROBLEM_BAD_REQUEST, "GET / HTTP/1.1\r\n" HOST, "\r\n", "X : a\r\n", "X\t: a\r\n",
	    ": a\r\n", "X\r\n", "X a: b\r\n", "X@: b\r\n", "X\xc3\xa4: b\r\n", "X: a\r\n b\r\n",
	    "X: a\r\n\tb: c\r\n", " X: a\r\n", "X: a\n", "X: a\nY: b\r\n", "X: a\rY: b\r\n",
	    "X: a\r\r\n", "X: a\x01\r\n", "X: a\x7f\r\n", "X: a\x0b\r\n", "\n", "\rX");
	REFUSES(
	    PROBLEM_BAD_REQUEST, "GET / HTTP/1.1\r\n", HOST "\r\n", " ", "\t", " X: a\r\n", "\n");
}

static void
refuses_nul_everywhere_in_the_head(void **state)
{
	static const char head[] = POST("X: a\r\nContent-Length: 0\r\n\r\n");
	char bytes[sizeof(head)];
	struct outcome outcome;

	for (size_t i = 0; i < sizeof(head) - 1; i++) {
		memcpy(bytes, head, sizeof(head));
		bytes[i] = '\0';
		outcome = read_bytes(*state, bytes, sizeof(head) - 1);
		assert_refused(&outcome, PROBLEM_BAD_REQUEST, "a NUL");
		assert_in_range(outcome.consumed, i + 1, i + 1);
	}
}

static void
wants_exactly_one_host(void **state)
{
	REFUSES(PROBLEM_BAD_REQUEST, "", "", "GET / HTTP/1.1\r\n\r\n",
	    "GET http://a.example/ HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHostile: a\r\n\r\n",
	    GET(HOST), GET("hOST: other.example\r\n"), GET("Host:\r\n"),
	    "GET / HTTP/1.0\r\n" HOST HOST "\r\n");
	assert_string_equal(accepted(*state, "GET / HTTP/1.0\r\n\r\n")->host, "");
	assert_string_equal(accepted(*state, "GET / HTTP/1.1\r\nHost:\r\n\r\n")->host, "");
	assert_string_equal(
	    accepted(*state, "GET / HTTP/1.1\r\nHostile: evil\r\n" HOST "\r\n")->host,
	    "runde.example");
}

static void
knows_a_host_from_anything_else(void **state)
{
	static const char *const hosts[] = { "a", "A.example", "127.0.0.1", "[::1]",
		"[::ffff:1.2.3.4]:1", "a:", "a:0", "a:65535", "a_b", "a%41",
		"xn--bcher-kva.example", "a!$&'()*+;=~" };
	const char *text;

	for (size_t i = 0; i < COUNT(hosts); i++) {
		text = arena_printf(*state, "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", hosts[i]);
		assert_string_equal(accepted(*state, text)->host, hosts[i]);
	}
	REFUSES(PROBLEM_BAD_REQUEST, "GET / HTTP/1.1\r\nHost: ", "\r\n\r\n", "a b", "a,b", "a/b",
	    "a@b", "me:pw@b", "a:b", "a:65536", "a:000080", "a:-1", "a:80:80", ":80", "[::1", "::1",
	    "[::g]", "[]", "[v1.a]", "[::1]a", "[fe80::1%25eth0]", "a%4", "a?", "a#", "\xc3\xa4",
	    "http://a", "a\\b", "\"a\"",
	    "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001]");
}

static void
counts_the_body_to_the_byte(void **state)
{
	static const char text[] = "DELETE /a HTTP/1.1\r\n" HOST "Content-Length: 007\r\n\r\n"
				   "a\0\r\n\r\nbGET /b HTTP/1.1\r\n";
	struct outcome outcome = read_bytes(*state, text, sizeof(text) - 1);

	assert_int_equal(outcome.event, READER_REQUEST);
	assert_int_equal(outcome.consumed, sizeof(text) - 1 - strlen("GET /b HTTP/1.1\r\n"));
	assert_true(outcome.message->has_body);
	assert_int_equal(outcome.message->body_length, 7);
	assert_memory_equal(outcome.message->body, "a\0\r\n\r\nb", 8);
}

static void
tells_an_empty_body_from_none(void **state)
{
	assert_true(accepted(*state, POST("Content-Length: 0\r\n\r\n"))->has_body);
	assert_true(accepted(*state, POST(CHUNKED "0\r\n\r\n"))->has_body);
	assert_false(accepted(*state, POST("\r\n"))->has_body);
	assert_string_equal(accepted(*state, POST(CHUNKED "0\r\n\r\n"))->body, "");
}

static void
refuses_any_other_length(void **state)
{
	REFUSES(PROBLEM_BAD_REQUEST, POST("Content-Length:"), "\r\n\r\nabc", "", " +3", " -0",
	    " 3 3", " 3, 3", " 3,", " 0x3", " 3.0", " 1e1", " \"3\"", " 3\r\nContent-Length: 3",
	    " 3\r\ncontent-length: 4", " 99999999999999999999x");
	REFUSES(PROBLEM_CONTENT_TOO_LARGE, POST("Content-Length:"), "\r\n\r\nabc", " 1048577",
	    " 18446744073709551615", " 18446744073709551616", " 18446744073709551619",
	    " 999999999999999999999999");
}

static void
refuses_any_transfer_coding_but_chunked(void **state)
{
	REFUSES(PROBLEM_BAD_REQUEST, POST("Transfer-Encoding:"), "\r\n\r\n0\r\n\r\n", "", " gzip",
	    " identity", " xchunked", " chunke", " \"chunked\"", " chunked;a=b", " chunked, gzip",
	    " chunked, chunked", " chunked,", " , chunked", " \vchunked", " chunked\v",
	    " chunked\r\nTransfer-Encoding: chunked", " chunked\r\nTransfer-Encoding: identity");
	REFUSES(PROBLEM_NOT_IMPLEMENTED, POST("Transfer-Encoding:"), "\r\n\r\n", " gzip, chunked",
	    " gzip\r\nTransfer-Encoding: chunked", "identity,chunked");
}

static void
refuses_a_coding_where_it_may_not_be(void **state)
{
	REFUSES(PROBLEM_BAD_REQUEST, "", "0\r\n\r\n", POST("Content-Length: 5\r\n" CHUNKED),
	    POST("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"),
	    POST("Content-Length: 0\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
	    "POST / HTTP/1.0\r\n" CHUNKED, "POST / HTTP/1.0\r\nConnection: keep-alive\r\n" CHUNKED);
}

static void
decodes(struct arena *arena, const char *chunks, const char *body)
{
	const struct http_message *message =
	    accepted(arena, arena_printf(arena, POST(CHUNKED "%s"), chunks));

	assert_string_equal(message->body, body);
	assert_int_equal(message->body_length, strlen(body));
	assert_int_equal(message->field_count, 2);
	assert_string_equal(message->host, "runde.example");
}

static void
decodes_chunks(void **state)
{
	decodes(*state, "3\r\nabc\r\n0\r\n\r\n", "abc");
	decodes(*state, "1\r\na\r\n00002\r\nbc\r\n000\r\n\r\n", "abc");
	decodes(*state, "A\r\n0\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n0\r\n\r\n");
	decodes(*state, "3;a\r\nabc\r\n0;b=c\r\n\r\n", "abc");
	decodes(*state, "3;a=\"\\\";\t\xff\";b\r\nabc\r\n0\r\n\r\n", "abc");
	decodes(*state, "3 ; a = b\t;c\r\nabc\r\n0\r\n\r\n", "abc");
	accepted(*state, POST("Transfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n"));
}

static void
lets_no_trailer_speak_for_the_head(void **state)
{
	decodes(*state, "1\r\na\r\n0\r\nContent-Length: 9\r\nHost: b\r\nHost:\r\n\r\n", "a");
	decodes(*state, "1\r\na\r\n0\r\nTransfer-Encoding: gzip\r\nExpect: x\r\n\r\n", "a");
	assert_true(accepted(*state, POST(CHUNKED "0\r\nConnection: close\r\n\r\n"))->keep_alive);
}

static void
refuses_what_is_no_chunk(void **state)
{
	REFUSES(PROBLEM_BAD_REQUEST, POST(CHUNKED), "", "\r\n", "x\r\n", "-1\r\n", "+1\r\n",
	    "0x1\r\n", " 1\r\na\r\n", "1 \r\na\r\n", "1 1\r\na\r\n", "1,\r\na\r\n", "1\na\r\n",
	    "1\ra\r\n", "1\r\nab", "1\r\na\n", "1\r\na\rb", "1\r\na0\r\n\r\n",
	    "00000000000000001\r\na\r\n", "1;\r\na\r\n", "1;a;\r\na\r\n", "1;a \r\na\r\n",
	    "1;a=\r\na\r\n", "1;=b\r\na\r\n", "1;a=\"\r\na\r\n", "1;a=\"\\\r\na\r\n",
	    "1;a=\"b\"c\r\na\r\n", "1;a=b c\r\na\r\n", "1;a\nb\r\na\r\n", "1;a\x01\r\na\r\n",
	    "0\r\nX : y\r\n\r\n", "0\r\nX: y\r\n z\r\n\r\n", "0\r\nX: y\n\r\n",
	    "0\r\nGET / HTTP/1.1\r\n\r\n", "0\r\n\n");
	REFUSES(PROBLEM_CONTENT_TOO_LARGE, POST(CHUNKED), "", "100001\r\n", "1\r\na\r\n100000\r\n",
	    "1\r\na\r\nffffffffffffffff\r\n");
}

/* Begins with text, goes on with a byte repeated, ends with more text. */
static struct outcome
read_long(struct arena *arena, const char *begin, char byte, size_t times, const char *end)
{
	struct buffer buffer;

	buffer_init(&buffer, arena, strlen(begin) + times + strlen(end) + 1);
	buffer_string(&buffer, begin);
	memset(buffer_reserve(&buffer, times), byte, times);
	buffer.length += times;
	buffer_string(&buffer, end);
	return read_bytes(arena, buffer.bytes, buffer.length);
}

static void
notices_a_long_target_before_its_end(void **state)
{
	struct outcome outcome = read_long(*state, "GET /", 'a', 8191, " HTTP/1.1\r\n" HOST "\r\n");

	assert_int_equal(outcome.event, READER_REQUEST);
	outcome = read_long(*state, "GET /", 'a', 8192, "");
	assert_refused(&outcome, PROBLEM_TARGET_TOO_LONG, "8193 bytes");
	outcome = read_long(*state, "GET /", 'a', 1 << 20, "");
	assert_refused(&outcome, PROBLEM_TARGET_TOO_LONG, "a mebibyte");
	assert_int_equal(outcome.consumed, strlen("GET /") + 8192);
}

static void
notices_a_long_head_before_its_end(void **state)
{
	static const char begin[] = "GET / HTTP/1.1\r\n" HOST "X:";
	size_t room = limits.head - strlen(begin) - strlen("\r\n\r\n");
	struct outcome outcome = read_long(*state, begin, 'a', room, "\r\n\r\n");

	assert_int_equal(outcome.event, READER_REQUEST);
	assert_int_equal(outcome.consumed, limits.head);
	outcome = read_long(*state, begin, 'a', room + 1, "\r\n\r\n");
	assert_refused(&outcome, PROBLEM_FIELDS_TOO_LARGE, "one byte too many");
	outcome = read_long(*state, begin, 'a', 1 << 20, "");
	assert_refused(&outcome, PROBLEM_FIELDS_TOO_LARGE, "a mebibyte");
	assert_int_equal(outcome.consumed, limits.head + 1);
}

static void
counts_the_request_line_as_part_of_the_head(void **state)
{
	static const char text[] = GET("");
	struct reader_limits tight = limits;
	struct outcome outcome;

	for (tight.head = 0; tight.head < strlen(text); tight.head++) {
		outcome = read_cut(*state, &tight, text, strlen(text), 1, 1);
		assert_refused(&outcome, PROBLEM_FIELDS_TOO_LARGE, text);
	}
	outcome = read_cut(*state, &tight, text, strlen(text), 1, 1);
	assert_int_equal(outcome.event, READER_REQUEST);
}

static void
drops_no_field(void **state)
{
	struct buffer text;
	struct outcome outcome;

	buffer_init(&text, *state, 0);
	buffer_string(&text, "GET / HTTP/1.1\r\n" HOST);
	for (int i = 1; i < 100; i++)
		buffer_printf(&text, "X-%d: %d\r\n", i, i);
	outcome = read_text(*state, arena_printf(*state, "%s\r\n", buffer_text(&text)));
	assert_int_equal(outcome.event, READER_REQUEST);
	assert_int_equal(outcome.message->field_count, 100);
	assert_string_equal(http_message_field(outcome.message, "x-99"), "99");
	outcome = read_text(*state, arena_printf(*state, "%sX:\r\n", buffer_text(&text)));
	assert_refused(&outcome, PROBLEM_FIELDS_TOO_LARGE, "101 fields");
}

static void
counts_trailers_like_fields(void **state)
{
	struct outcome outcome =
	    read_long(*state, POST(CHUNKED "0\r\nX: "), 'a', limits.head, "\r\n\r\n");
	struct buffer text;

	assert_refused(&outcome, PROBLEM_FIELDS_TOO_LARGE, "a long trailer");
	buffer_init(&text, *state, 0);
	buffer_string(&text, POST(CHUNKED "0\r\n"));
	for (int i = 2; i < 100; i++)
		buffer_string(&text, "X: y\r\n");
	outcome = read_text(*state, arena_printf(*state, "%s\r\n", buffer_text(&text)));
	assert_int_equal(outcome.event, READER_REQUEST);
	outcome = read_text(*state, arena_printf(*state, "%sX: y\r\n\r\n", buffer_text(&text)));
	assert_refused(&outcome, PROBLEM_FIELDS_TOO_LARGE, "99 trailers and two fields");
}

static void
bounds_chunk_extensions_one_by_one_and_together(void **state)
{
	struct outcome outcome =
	    read_long(*state, POST(CHUNKED "1;"), 'a', 4000, "\r\na\r\n0\r\n\r\n");
	struct buffer text;

	assert_int_equal(outcome.event, READER_REQUEST);
	outcome = read_long(*state, POST(CHUNKED "1;"), 'a', 1 << 20, "");
	assert_refused(&outcome, PROBLEM_BAD_REQUEST, "a long extension");
	buffer_init(&text, *state, 0);
	buffer_string(&text, POST(CHUNKED));
	for (int i = 0; i < 100; i++)
		buffer_string(&text,
		    "1;an-extension=\"of sixty-four bytes or there about, not more\"\r\na\r\n");
	outcome = read_text(*state, buffer_text(&text));
	assert_refused(&outcome, PROBLEM_BAD_REQUEST, "many extensions");
}

static void
takes_a_body_up_to_the_limit(void **state)
{
	struct outcome outcome =
	    read_long(*state, POST("Content-Length: 1048576\r\n\r\n"), 'a', limits.body, "");

	assert_int_equal(outcome.event, READER_REQUEST);
	assert_int_equal(outcome.message->body_length, limits.body);
	outcome = read_long(*state, POST(CHUNKED "100000\r\n"), 'a', limits.body, "\r\n0\r\n\r\n");
	assert_int_equal(outcome.event, READER_REQUEST);
	assert_int_equal(outcome.message->body_length, limits.body);
	outcome = read_long(*state, POST(CHUNKED "100000\r\n"), 'a', limits.body, "\r\n1\r\n");
	assert_refused(&outcome, PROBLEM_CONTENT_TOO_LARGE, "one byte too many");
}

static void
believes_no_length_before_the_bytes_are_there(void **state)
{
	static const char text[] = POST("Content-Length: 4611686018427387904\r\n\r\nabc");
	struct reader_limits generous = limits;
	struct outcome outcome;

	generous.body = SIZE_MAX;
	outcome = read_cut(*state, &generous, text, strlen(text), 10, 1);
	assert_int_equal(outcome.event, READER_MORE);
}

static void
says_continue_once_and_only_while_the_body_is_awaited(void **state)
{
	static const struct {
		const char *text;
		size_t first;
		int continues;
	} cases[] = {
		{ POST(EXPECT "Content-Length: 3\r\n\r\nabc"), 1, 1 },
		{ POST(EXPECT "Content-Length: 3\r\n\r\nabc"), 1000, 0 },
		{ POST(EXPECT "Content-Length: 3\r\n\r\nabc"),
		    sizeof(POST(EXPECT "Content-Length: 3\r\n\r\n")), 0 },
		{ POST(EXPECT EXPECT CHUNKED "3\r\nabc\r\n0\r\n\r\n"), 1, 1 },
		{ POST("Expect: 100-continue, 100-continue\r\n" CHUNKED "0\r\n\r\n"), 1, 1 },
		{ POST("Expect:\r\n" CHUNKED "0\r\n\r\n"), 1, 0 },
		{ POST(EXPECT "Content-Length: 0\r\n\r\n"), 1, 0 },
		{ POST(EXPECT "\r\n"), 1, 0 },
		{ "POST / HTTP/1.0\r\n" EXPECT "Content-Length: 3\r\n\r\nabc", 1, 0 },
	};
	struct outcome outcome;

	for (size_t i = 0; i < COUNT(cases); i++) {
		outcome = read_cut(
		    *state, &limits, cases[i].text, strlen(cases[i].text), cases[i].first, 1);
		assert_int_equal(outcome.event, READER_REQUEST);
		assert_int_equal(outcome.continues, cases[i].continues);
	}
	REFUSES(PROBLEM_EXPECTATION_FAILED, "", "", GET("Expect: the best\r\n"),
	    POST("Expect: 100-continue, a=b\r\n\r\n"), POST("Expect: 100-continue;q=1\r\n\r\n"));
	REFUSES(PROBLEM_CONTENT_TOO_LARGE, "", "", POST(EXPECT "Content-Length: 1048577\r\n\r\n"));
}

static void
says_continue_no_second_time_when_nothing_comes(void **state)
{
	static const char head[] = POST(EXPECT "Content-Length: 3\r\n\r\n");
	struct reader *reader = reader_new(*state, &limits);
	size_t used;

	assert_int_equal(reader_feed(reader, head, strlen(head), &used), READER_CONTINUE);
	assert_int_equal(reader_feed(reader, "", 0, &used), READER_MORE);
	assert_int_equal(reader_feed(reader, "abc", 3, &used), READER_REQUEST);
}

static void
knows_whether_another_request_may_follow(void **state)
{
	static const struct {
		bool keep_alive;
		int minor_version;
		const char *fields;
	} cases[] = {
		{ true, 1, "" },
		{ true, 1, "Connection: keep-alive\r\n" },
		{ true, 1, "Connection: closed, x-close\r\n" },
		{ true, 1, "Connection:\r\n" },
		{ true, 1, "X-Connection: close\r\n" },
		{ false, 1, "Connection: close\r\n" },
		{ false, 1, "Connection: TE ,,\tClose\t, x\r\n" },
		{ false, 1, "Connection: x\r\nConnection: close\r\n" },
		{ false, 1, "Connection: close, keep-alive\r\n" },
		{ false, 0, "" },
		{ true, 0, "Connection: Keep-Alive\r\n" },
		{ false, 0, "Connection: keep-alive, close\r\n" },
	};
	const struct http_message *message;

	for (size_t i = 0; i < COUNT(cases); i++) {
		message = accepted(*state,
		    arena_printf(*state, "GET / HTTP/1.%d\r\n" HOST "%s\r\n",
			cases[i].minor_version, cases[i].fields));
		assert_int_equal(message->minor_version, cases[i].minor_version);
		assert_int_equal(message->keep_alive, cases[i].keep_alive);
	}
}

static void
leaves_the_next_request_alone(void **state)
{
	static const char first[] = POST(CHUNKED "1\r\na\r\n0\r\n\r\n");
	struct outcome outcome =
	    read_text(*state, arena_printf(*state, "%s%s", first, GET("") "\r\nGET"));

	assert_int_equal(outcome.event, READER_REQUEST);
	assert_int_equal(outcome.consumed, strlen(first));
}

static void
tells_idle_from_slow_and_head_from_body(void **state)
{
	static const char head[] = POST("Content-Length: 1\r\n\r\n");
	struct reader *reader = reader_new(*state, &limits);
	size_t used;

	assert_true(reader_is_idle(reader));
	assert_int_equal(reader_feed(reader, "\r\n", 2, &used), READER_MORE);
	assert_true(reader_is_idle(reader));
	assert_int_equal(reader_feed(reader, head, 1, &used), READER_MORE);
	assert_false(reader_is_idle(reader));
	assert_false(reader_has_head(reader));
	assert_int_equal(reader_feed(reader, head + 1, strlen(head) - 2, &used), READER_MORE);
	assert_false(reader_has_head(reader));
	assert_int_equal(reader_feed(reader, "\n", 1, &used), READER_MORE);
	assert_true(reader_has_head(reader));
	assert_false(reader_is_idle(reader));
	assert_int_equal(reader_feed(reader, "", 0, &used), READER_MORE);
	assert_int_equal(reader_feed(reader, "a", 1, &used), READER_REQUEST);
}

static void
reads_the_same_wherever_the_bytes_are_cut(void **state)
{
	static const char *const texts[] = {
		"\r\n" POST("Content-Length: 5\r\nX: y \r\n\r\nab\r\nc"),
		POST(CHUNKED "1;a=\"b\"\r\na\r\n02\r\nbc\r\n0\r\nX: y\r\n\r\nGET"),
		POST(CHUNKED "1\r\na\r\n2\r\nbcd"),
		GET("X: y\rz\r\n"),
		"GET http://a.example/b?c HTTP/1.1\r\n" HOST "\r\n",
	};
	struct outcome whole, cut;
	size_t length;

	for (size_t i = 0; i < COUNT(texts); i++) {
		length = strlen(texts[i]);
		whole = read_text(*state, texts[i]);
		for (size_t first = 1; first < length; first++)
			for (size_t others = 1; others < 8; others++) {
				cut = read_cut(*state, &limits, texts[i], length, first, others);
				assert_same(&whole, &cut);
			}
	}
}

static void
survives_ten_megabytes_of_garbage(void **state)
{
	static const char *const beginnings[] = { "", "GET /", "GET / HTTP/1.1\r\n",
		"GET / HTTP/1.1\r\n" HOST "X: ", POST(CHUNKED), POST(CHUNKED "0\r\n") };
	size_t begin, length = (size_t)10 << 20;
	char *garbage = arena_alloc(*state, length);
	struct outcome outcome;
	uint32_t random = 1;

	for (size_t i = 0; i < length; i++) {
		random = random * 1664525 + 1013904223;
		garbage[i] = (char)(random >> 24);
	}
	for (size_t i = 0; i < COUNT(beginnings); i++) {
		begin = strlen(beginnings[i]);
		memcpy(garbage, beginnings[i], begin);
		outcome = read_cut(*state, &limits, garbage, length, 65536, 65536);
		assert_refused(&outcome, outcome.problem, "garbage");
		memset(garbage + begin, 'a', 1 << 20);
		outcome = read_cut(*state, &limits, garbage, length, 65536, 65536);
		assert_refused(&outcome, outcome.problem, "letters");
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_a_plain_request),
		TEST(takes_any_token_for_a_method),
		TEST(refuses_what_is_no_request_line),
		TEST(overlooks_one_empty_line_before_the_request),
		TEST(reads_the_forms_of_a_target),
		TEST(refuses_what_is_no_target),
		TEST(keeps_field_values_as_they_are_but_for_white_space_around),
		TEST(refuses_what_is_no_field_line),
		TEST(refuses_nul_everywhere_in_the_head),
		TEST(wants_exactly_one_host),
		TEST(knows_a_host_from_anything_else),
		TEST(counts_the_body_to_the_byte),
		TEST(tells_an_empty_body_from_none),
		TEST(refuses_any_other_length),
		TEST(refuses_any_transfer_coding_but_chunked),
		TEST(refuses_a_coding_where_it_may_not_be),
		TEST(decodes_chunks),
		TEST(lets_no_trailer_speak_for_the_head),
		TEST(refuses_what_is_no_chunk),
		TEST(notices_a_long_target_before_its_end),
		TEST(notices_a_long_head_before_its_end),
		TEST(counts_the_request_line_as_part_of_the_head),
		TEST(drops_no_field),
		TEST(counts_trailers_like_fields),
		TEST(bounds_chunk_extensions_one_by_one_and_together),
		TEST(takes_a_body_up_to_the_limit),
		TEST(believes_no_length_before_the_bytes_are_there),
		TEST(says_continue_once_and_only_while_the_body_is_awaited),
		TEST(says_continue_no_second_time_when_nothing_comes),
		TEST(knows_whether_another_request_may_follow),
		TEST(leaves_the_next_request_alone),
		TEST(tells_idle_from_slow_and_head_from_body),
		TEST(reads_the_same_wherever_the_bytes_are_cut),
		TEST(survives_ten_megabytes_of_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
