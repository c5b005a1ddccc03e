/* fuzz_reader.c: any bytes, cut anyhow, must be read as in one piece and break nothing. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/reader.h"

/* The first byte of the input chooses the limits, the second how the rest is cut. */
#define CHOICES 2

static const struct reader_limits limits[] = {
	{ .target = 8192, .head = 32768, .fields = 100, .body = 1 << 20 },
	{ .target = 16, .head = 96, .fields = 3, .body = 24 },
};

struct outcome {
	enum reader_event event;
	size_t consumed;
	const struct reader *reader;
};

static void
check(bool holds)
{
	if (!holds)
		abort();
}

/* 0 cuts behind every byte; otherwise the pieces differ and the longest has about choice bytes. */
static size_t
next_piece(uint8_t choice, uint32_t *random)
{
	if (choice == 0)
		return 1;
	*random = *random * 1664525 + 1013904223;
	return 1 + (*random >> 16) % choice;
}

/* A copy of just this size lets the sanitizer see what is read beyond it, or after it. */
static enum reader_event
feed(struct reader *reader, const uint8_t *bytes, size_t length, size_t *ret_consumed)
{
	char *copy = malloc(length);
	enum reader_event event;

	check(copy != NULL);
	memcpy(copy, bytes, length);
	event = reader_feed(reader, copy, length, ret_consumed);
	free(copy);
	check(*ret_consumed <= length);
	check(event >= READER_REQUEST || *ret_consumed == length);
	check(event != READER_CONTINUE || reader_has_head(reader));
	return event;
}

static struct outcome
read_whole(struct reader *reader, const uint8_t *bytes, size_t length)
{
	struct outcome outcome = { .event = READER_MORE, .reader = reader };

	if (length > 0)
		outcome.event = feed(reader, bytes, length, &outcome.consumed);
	return outcome;
}

static struct outcome
read_pieces(struct reader *reader, const uint8_t *bytes, size_t length, uint8_t choice)
{
	struct outcome outcome = { .event = READER_MORE, .reader = reader };
	uint32_t random = choice;
	int continues = 0;
	size_t piece, used;

	while (outcome.event < READER_REQUEST && outcome.consumed < length) {
		piece = next_piece(choice, &random);
		if (piece > length - outcome.consumed)
			piece = length - outcome.consumed;
		outcome.event = feed(reader, bytes + outcome.consumed, piece, &used);
		outcome.consumed += used;
		continues += outcome.event == READER_CONTINUE;
	}
	check(continues <= 1);
	return outcome;
}

static bool
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void
check_same_message(const struct http_message *a, const struct http_message *b)
{
	check(same(a->method, b->method) && same(a->path, b->path) && same(a->query, b->query));
	check(same(a->host, b->host) && a->minor_version == b->minor_version);
	check(a->keep_alive == b->keep_alive && a->has_body == b->has_body);
	check(a->body_length == b->body_length);
	check(memcmp(a->body, b->body, a->body_length + 1) == 0);
	check(a->field_count == b->field_count);
	for (size_t i = 0; i < a->field_count; i++) {
		check(same(a->fields[i].name, b->fields[i].name));
		check(same(a->fields[i].value, b->fields[i].value));
	}
}

/* Whether the client was waiting for 100 depends on the cuts, and on nothing else. */
static void
check_same(const struct outcome *a, const struct outcome *b)
{
	bool both_wait = a->event < READER_REQUEST && b->event < READER_REQUEST;

	check(a->event == b->event || both_wait);
	check(a->consumed == b->consumed);
	check(reader_has_head(a->reader) == reader_has_head(b->reader));
	check(reader_is_idle(a->reader) == reader_is_idle(b->reader));
	check(reader_refusal(a->reader) == reader_refusal(b->reader));
	if (a->event == READER_REFUSED)
		check(same(reader_refusal_detail(a->reader), reader_refusal_detail(b->reader)));
	if (a->event == READER_REQUEST)
		check_same_message(reader_message(a->reader), reader_message(b->reader));
}

static void
check_text(const char *text, const char *never)
{
	check(text[strcspn(text, never)] == '\0');
}

static void
check_request(const struct http_message *message, const struct reader_limits *given)
{
	check(*message->method != '\0' && (*message->path == '/' || same(message->path, "*")));
	check_text(message->method, " \t\r\n:/\"");
	check_text(message->path, " \t\r\n?#\"");
	check_text(message->host, " \t\r\n/?#@,");
	check(message->field_count <= given->fields && message->body_length <= given->body);
	check(message->body[message->body_length] == '\0');
	check(message->has_body || message->body_length == 0);
	for (size_t i = 0; i < message->field_count; i++) {
		check(*message->fields[i].name != '\0');
		check_text(message->fields[i].name, " \t\r\n:ABCDEFGHIJKLMNOPQRSTUVWXYZ");
		check_text(message->fields[i].value, "\r\n");
	}
}

static void
check_refusal(const struct reader *reader)
{
	check(reader_refusal(reader) != PROBLEM_NONE);
	check(*reader_refusal_detail(reader) != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	const struct reader_limits *given;
	struct outcome whole, pieces;
	struct arena *arena;

	if (size < CHOICES)
		return 0;
	arena = arena_new();
	given = &limits[input[0] % 2];
	whole = read_whole(reader_new(arena, given), input + CHOICES, size - CHOICES);
	pieces = read_pieces(reader_new(arena, given), input + CHOICES, size - CHOICES, input[1]);
	check_same(&whole, &pieces);
	if (whole.event == READER_REQUEST)
		check_request(reader_message(whole.reader), given);
	if (whole.event == READER_REFUSED)
		check_refusal(whole.reader);
	arena_free(arena);
	return 0;
}
