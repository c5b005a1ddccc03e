/* reader.c: takes bytes in, however they are cut, into the parts of a request. */
#include <string.h>

#include "api/reader.h"
#include "api/reader_parts.h"

static void
finish(struct reader *reader)
{
	const char *text = buffer_text(&reader->text);

	reader->text.length = 0;
	reader->flaw = part_rules[reader->part].finish(reader, text);
}

/* The byte behind the last one that the part could hold. */
static void
take_end(struct reader *reader, char byte)
{
	const struct part_rule *rule = &part_rules[reader->part];

	if (byte != rule->end)
		reader->flaw = byte_is_in(byte, rule->alphabet) ? rule->excess : rule->stray;
	else if (byte == '\r')
		reader->after_cr = true;
	else
		finish(reader);
}

static void
take_line_feed(struct reader *reader, char byte)
{
	reader->after_cr = false;
	if (byte == '\n')
		finish(reader);
	else
		reader->flaw = FLAW_LINE_END;
}

static size_t
take_text(struct reader *reader, const char *bytes, size_t length)
{
	size_t within = length < reader->room ? length : reader->room;
	size_t span;

	if (reader->after_cr) {
		take_line_feed(reader, *bytes);
		return 1;
	}
	span = bytes_span(bytes, within, part_rules[reader->part].alphabet);
	buffer_append(&reader->text, bytes, span);
	reader->room -= span;
	if (span == length)
		return span;
	take_end(reader, bytes[span]);
	return span + 1;
}

static size_t
take_body(struct reader *reader, const char *bytes, size_t length)
{
	size_t taken = length < reader->room ? length : reader->room;

	buffer_append(&reader->body, bytes, taken);
	reader->room -= taken;
	if (reader->room == 0)
		finish(reader);
	return taken;
}

/* RFC 9112, section 2.2: one empty line before the request is overlooked. */
static void
skip_blank(struct reader *reader, char byte)
{
	if (reader->part == PART_BLANK && !reader->after_cr && byte != '\r')
		reader_begin(reader, PART_METHOD, METHOD_LENGTH_MAX);
}

static size_t
take(struct reader *reader, const char *bytes, size_t length)
{
	skip_blank(reader, *bytes);
	if (part_rules[reader->part].end == '\0')
		return take_body(reader, bytes, length);
	return take_text(reader, bytes, length);
}

static enum reader_event
event(struct reader *reader)
{
	if (reader->flaw != FLAW_NONE)
		return READER_REFUSED;
	if (reader->part == PART_COMPLETE)
		return READER_REQUEST;
	if (!reader_has_head(reader) || !reader->framing.expects_continue)
		return READER_MORE;
	reader->framing.expects_continue = false;
	return READER_CONTINUE;
}

struct reader *
reader_new(struct arena *arena, const struct reader_limits *limits)
{
	struct reader *reader = arena_alloc(arena, sizeof(*reader));

	reader->arena = arena;
	reader->limits = limits;
	reader->extensions_room = EXTENSIONS_LENGTH_MAX;
	buffer_init(&reader->text, arena, 0);
	buffer_init(&reader->body, arena, 0);
	return reader;
}

enum reader_event
reader_feed(struct reader *reader, const char *bytes, size_t length, size_t *ret_consumed)
{
	size_t used = 0;

	while (used < length && reader->part != PART_COMPLETE && reader->flaw == FLAW_NONE) {
		if (reader_has_head(reader))
			reader->framing.expects_continue = false;
		used += take(reader, bytes + used, length - used);
	}
	*ret_consumed = used;
	return event(reader);
}

bool
reader_is_idle(const struct reader *reader)
{
	return reader->part <= PART_METHOD && reader->text.length == 0 && reader->flaw == FLAW_NONE;
}

bool
reader_has_head(const struct reader *reader)
{
	return reader->part > PART_FIELD;
}

const struct http_message *
reader_message(const struct reader *reader)
{
	return &reader->message;
}

enum problem
reader_refusal(const struct reader *reader)
{
	return flaw_problem(reader->flaw);
}

const char *
reader_refusal_detail(const struct reader *reader)
{
	return flaw_detail(reader->flaw);
}

const char *
http_message_field(const struct http_message *message, const char *name)
{
	for (size_t i = 0; i < message->field_count; i++)
		if (strcmp(message->fields[i].name, name) == 0)
			return message->fields[i].value;
	return NULL;
}

size_t
http_message_count(const struct http_message *message, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < message->field_count; i++)
		count += strcmp(message->fields[i].name, name) == 0;
	return count;
}

const char *
http_message_list(struct arena *arena, const struct http_message *message, const char *name)
{
	const char *list = http_message_field(message, name);
	bool is_first = true;

	if (http_message_count(message, name) < 2)
		return list;
	for (size_t i = 0; i < message->field_count; i++) {
		if (strcmp(message->fields[i].name, name) != 0)
			continue;
		if (!is_first)
			list = arena_printf(arena, "%s, %s", list, message->fields[i].value);
		is_first = false;
	}
	return list;
}
