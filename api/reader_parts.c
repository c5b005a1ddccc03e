/* reader_parts.c: what each part of a request may hold, and what follows from it. */
#include <string.h>

#include "api/reader_parts.h"

#define VERSION_LENGTH    (sizeof("HTTP/1.1") - 1)
#define BODY_RESERVED_MAX ((size_t)64 * 1024)

void
reader_begin(struct reader *reader, enum part part, size_t room)
{
	reader->part = part;
	reader->room = room;
}

static void
begin_line(struct reader *reader, enum part part)
{
	reader_begin(reader, part, reader->limits->head - reader->head_bytes);
}

static void
begin_chunk_line(struct reader *reader)
{
	reader_begin(reader, PART_CHUNK_LINE, CHUNK_DIGITS_MAX + reader->extensions_room);
}

static void
complete(struct reader *reader)
{
	reader->message.body = buffer_text(&reader->body);
	reader->message.body_length = reader->body.length;
	reader_begin(reader, PART_COMPLETE, 0);
}

static bool
head_has_room(struct reader *reader, size_t bytes)
{
	reader->head_bytes += bytes;
	return reader->head_bytes <= reader->limits->head;
}

static enum flaw
blank_taken(struct reader *reader, const char *text)
{
	(void)text;
	reader_begin(reader, PART_METHOD, METHOD_LENGTH_MAX);
	return FLAW_NONE;
}

static enum flaw
method_taken(struct reader *reader, const char *method)
{
	if (*method == '\0')
		return FLAW_METHOD;
	reader->message.method = arena_strdup(reader->arena, method);
	reader_begin(reader, PART_TARGET, reader->limits->target);
	return FLAW_NONE;
}

static enum flaw
target_taken(struct reader *reader, const char *target)
{
	reader->target = arena_strdup(reader->arena, target);
	reader_begin(reader, PART_VERSION, VERSION_LENGTH);
	return FLAW_NONE;
}

static bool
is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static enum flaw
version_read(const char *version, int *ret_minor)
{
	if (strncmp(version, "HTTP/", 5) != 0 || !is_digit(version[5]) || version[6] != '.' ||
	    !is_digit(version[7]))
		return FLAW_VERSION;
	if (version[5] != '1' || version[7] > '1')
		return FLAW_VERSION_UNKNOWN;
	*ret_minor = version[7] - '0';
	return FLAW_NONE;
}

static enum flaw
version_taken(struct reader *reader, const char *version)
{
	struct http_message *message = &reader->message;
	size_t line = strlen(message->method) + strlen(reader->target) + strlen(version) + 4;
	enum flaw flaw = version_read(version, &message->minor_version);

	if (flaw == FLAW_NONE)
		flaw = target_read(reader->arena, reader->target, message);
	if (flaw != FLAW_NONE)
		return flaw;
	if (!head_has_room(reader, line))
		return FLAW_HEAD_LENGTH;
	message->fields = reader->fields =
	    arena_alloc(reader->arena, reader->limits->fields * sizeof(*reader->fields));
	begin_line(reader, PART_FIELD);
	return FLAW_NONE;
}

/* Field lines and trailers are read alike; an empty line is left to the caller. */
static enum flaw
line_read(struct reader *reader, const char *line, struct header_field *ret_field)
{
	if (!head_has_room(reader, strlen(line) + 2))
		return FLAW_HEAD_LENGTH;
	if (*line == '\0')
		return FLAW_NONE;
	if (++reader->field_lines > reader->limits->fields)
		return FLAW_FIELD_COUNT;
	begin_line(reader, reader->part);
	return field_split(arena_strdup(reader->arena, line), ret_field);
}

static void
begin_body(struct reader *reader)
{
	size_t length = reader->framing.length;

	if (reader->framing.is_chunked) {
		begin_chunk_line(reader);
	} else if (length > 0) {
		buffer_reserve(
		    &reader->body, length < BODY_RESERVED_MAX ? length + 1 : BODY_RESERVED_MAX);
		reader_begin(reader, PART_BODY, length);
	} else {
		complete(reader);
	}
}

static enum flaw
head_end(struct reader *reader)
{
	struct framing *framing = &reader->framing;
	struct http_message *message = &reader->message;
	enum flaw flaw = framing_check(framing, message->minor_version, reader->limits->body);

	if (flaw != FLAW_NONE)
		return flaw;
	if (message->host == NULL)
		message->host = framing->host == NULL ? "" : framing->host;
	message->keep_alive = framing_keeps_alive(framing, message->minor_version);
	message->has_body = framing->has_length || framing->has_coding;
	/* RFC 9110, section 10.1.1: HTTP/1.0 does not know of it. */
	framing->expects_continue &= message->minor_version > 0;
	begin_body(reader);
	return FLAW_NONE;
}

static enum flaw
field_taken(struct reader *reader, const char *line)
{
	struct http_message *message = &reader->message;
	struct header_field field;
	enum flaw flaw = line_read(reader, line, &field);

	if (flaw != FLAW_NONE)
		return flaw;
	if (*line == '\0')
		return head_end(reader);
	reader->fields[message->field_count++] = field;
	return framing_take(&reader->framing, &field);
}

static enum flaw
body_taken(struct reader *reader, const char *text)
{
	(void)text;
	complete(reader);
	return FLAW_NONE;
}

static enum flaw
chunk_line_taken(struct reader *reader, const char *line)
{
	size_t length = strlen(line), size;
	enum flaw flaw = chunk_line_read(line, &size);

	if (flaw != FLAW_NONE)
		return flaw;
	if (length > CHUNK_DIGITS_MAX)
		reader->extensions_room -= length - CHUNK_DIGITS_MAX;
	if (size > reader->limits->body - reader->body.length)
		return FLAW_BODY_LENGTH;
	if (size > 0)
		reader_begin(reader, PART_CHUNK, size);
	else
		begin_line(reader, PART_TRAILER);
	return FLAW_NONE;
}

static enum flaw
chunk_taken(struct reader *reader, const char *text)
{
	(void)text;
	reader_begin(reader, PART_CHUNK_END, 0);
	return FLAW_NONE;
}

static enum flaw
chunk_end_taken(struct reader *reader, const char *text)
{
	(void)text;
	begin_chunk_line(reader);
	return FLAW_NONE;
}

/* RFC 9110, section 6.5.1: what a trailer says must not be taken for what the head said. */
static enum flaw
trailer_taken(struct reader *reader, const char *line)
{
	struct header_field discarded;
	enum flaw flaw = line_read(reader, line, &discarded);

	if (flaw == FLAW_NONE && *line == '\0')
		complete(reader);
	return flaw;
}

/* clang-format off */
const struct part_rule part_rules[PART_COMPLETE] = {
	[PART_BLANK]      = { '\r', IN_NOTHING, FLAW_METHOD,      FLAW_METHOD,        blank_taken },
	[PART_METHOD]     = { ' ',  IN_TOKEN,   FLAW_METHOD,      FLAW_METHOD_LENGTH, method_taken },
	[PART_TARGET]     = { ' ',  IN_URI,     FLAW_TARGET_BYTE, FLAW_TARGET_LENGTH, target_taken },
	[PART_VERSION]    = { '\r', IN_TEXT,    FLAW_VERSION,     FLAW_VERSION,       version_taken },
	[PART_FIELD]      = { '\r', IN_TEXT,    FLAW_FIELD_BYTE,  FLAW_HEAD_LENGTH,   field_taken },
	[PART_BODY]       = { '\0', IN_NOTHING, FLAW_NONE,        FLAW_NONE,          body_taken },
	[PART_CHUNK_LINE] = { '\r', IN_TEXT,    FLAW_CHUNK_SIZE,  FLAW_CHUNK_LENGTH,  chunk_line_taken },
	[PART_CHUNK]      = { '\0', IN_NOTHING, FLAW_NONE,        FLAW_NONE,          chunk_taken },
	[PART_CHUNK_END]  = { '\r', IN_NOTHING, FLAW_CHUNK_END,   FLAW_CHUNK_END,     chunk_end_taken },
	[PART_TRAILER]    = { '\r', IN_TEXT,    FLAW_FIELD_BYTE,  FLAW_HEAD_LENGTH,   trailer_taken },
};
/* clang-format on */
