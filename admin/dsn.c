/* dsn.c: reports of mail servers, their headers and encodings parsed by GMime. */
#include <gmime/gmime.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "admin/dsn.h"
#include "admin/parts.h"
#include "core/buffer.h"
#include "core/suppression.h"

#define DIGITS "0123456789"

static const char *const recipient_fields[] = { "Delivered-To", "X-Original-To", "To" };

/* What a report says about one recipient; NULL: nothing. */
struct group {
	const char *action;
	const char *status;
	const char *diagnostic;
};

/* Reads a status code that a text begins with (RFC 3463, section 2). */
static bool
read_status(const char *text, char status[static 12])
{
	size_t detail = strspn(text, DIGITS "."), subject;

	if (detail < 5 || detail > 9 || strchr("245", text[0]) == NULL || text[1] != '.')
		return false;
	subject = strspn(text + 2, DIGITS);
	if (subject < 1 || subject > 3 || text[2 + subject] != '.' ||
	    strspn(text + 3 + subject, DIGITS) != detail - 3 - subject || detail - 3 - subject > 3)
		return false;
	memcpy(status, text, detail);
	status[detail] = '\0';
	return true;
}

/* Reads that of an SMTP reply: "smtp; 550-5.1.1 …" (RFC 3464, section 2.3.6). */
static bool
read_diagnostic(const char *text, char status[static 12])
{
	if (strncasecmp(text, "smtp", 4) != 0)
		return false;
	text += 4 + strspn(text + 4, " \t");
	if (*text != ';')
		return false;
	text += 1 + strspn(text + 1, " \t");
	if (strspn(text, DIGITS) != 3 || (text[3] != ' ' && text[3] != '-'))
		return false;
	return read_status(text + 4, status);
}

static enum dsn_verdict
judge(const struct group *group, char status[static 12])
{
	char precise[12];

	if (group->status == NULL || !read_status(group->status, status))
		memcpy(status, "-", 2);
	if (strcmp(status + 1, ".0.0") == 0 && group->diagnostic != NULL &&
	    read_diagnostic(group->diagnostic, precise) && precise[0] == status[0])
		memcpy(status, precise, sizeof(precise));
	if (strncasecmp(group->action, "failed", 6) != 0)
		return DSN_NOTHING;
	return suppression_is_called_for(status) ? DSN_NOBODY : DSN_FAILED;
}

/* The value behind the name of a field, or what was known before. */
static const char *
value_of(char *line, const char *name, const char *before)
{
	size_t length = strlen(name);

	if (strncasecmp(line, name, length) != 0 || line[length] != ':')
		return before;
	line += length + 1;
	return line + strspn(line, " \t");
}

/* Takes the fields up to the next empty line. False if there are none. */
static bool
take_group(char **rest, struct group *ret_group)
{
	bool is_there = false;

	*ret_group = (struct group){ NULL, NULL, NULL };
	for (char *line; (line = strsep(rest, "\n")) != NULL; is_there = true) {
		line[strcspn(line, "\r")] = '\0';
		if (line[0] == '\0' && is_there)
			break;
		ret_group->action = value_of(line, "Action", ret_group->action);
		ret_group->status = value_of(line, "Status", ret_group->status);
		ret_group->diagnostic = value_of(line, "Diagnostic-Code", ret_group->diagnostic);
	}
	return is_there;
}

/* Lines that begin with a space belong to the one before (RFC 5322, section 2.2.3). */
static void
unfold(char *text)
{
	for (char *end = text; (end = strchr(end, '\n')) != NULL; end++) {
		if (end[1] != ' ' && end[1] != '\t')
			continue;
		*end = ' ';
		if (end > text && end[-1] == '\r')
			end[-1] = ' ';
	}
}

static void
judge_all(char *text, struct dsn *dsn)
{
	struct group group;

	unfold(text);
	while (take_group(&text, &group)) {
		char status[12];
		enum dsn_verdict verdict;

		if (group.action == NULL)
			continue;
		verdict = judge(&group, status);
		if (dsn->verdict != DSN_NONE && dsn->verdict <= verdict)
			continue;
		dsn->verdict = verdict;
		memcpy(dsn->status, status, sizeof(status));
	}
}

static GMimeObject *
parse(struct slice bytes)
{
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes.at, bytes.length);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeObject *part = g_mime_parser_construct_part(parser, NULL);

	g_object_unref(parser);
	g_object_unref(stream);
	return part;
}

static bool
is_status(GMimeObject *part)
{
	GMimeContentType *type = g_mime_object_get_content_type(part);

	return g_mime_content_type_is_type(type, "message", "delivery-status") ||
	    g_mime_content_type_is_type(type, "message", "global-delivery-status");
}

static char *
content_of(struct arena *arena, GMimeObject *part)
{
	GMimeDataWrapper *content =
	    GMIME_IS_PART(part) ? g_mime_part_get_content(GMIME_PART(part)) : NULL;
	GMimeStream *stream = g_mime_stream_mem_new();
	const GByteArray *array;
	char *text;

	if (content != NULL)
		g_mime_data_wrapper_write_to_stream(content, stream);
	array = g_mime_stream_mem_get_byte_array((GMimeStreamMem *)(void *)stream);
	text = arena_copy(arena, (const char *)array->data, array->len);
	g_object_unref(stream);
	return text;
}

static void
read_part(struct arena *arena, struct slice bytes, struct dsn *dsn)
{
	struct slice rest;
	GMimeObject *part = parse(parts_header(bytes, &rest));
	bool is_wanted = part != NULL && is_status(part);

	g_clear_object(&part);
	if (!is_wanted || (part = parse(bytes)) == NULL)
		return;
	judge_all(content_of(arena, part), dsn);
	g_object_unref(part);
}

static void
read_report(struct arena *arena, GMimeObject *header, struct slice body, struct dsn *dsn)
{
	const char *boundary = g_mime_object_get_content_type_parameter(header, "boundary");

	if (boundary == NULL ||
	    !g_mime_content_type_is_type(
		g_mime_object_get_content_type(header), "multipart", "report"))
		return;
	parts_take(&body, boundary);
	while (body.length > 0 && dsn->verdict == DSN_NONE)
		read_part(arena, parts_take(&body, boundary), dsn);
}

static bool
names_recipient(const char *name)
{
	for (size_t i = 0; i < sizeof(recipient_fields) / sizeof(recipient_fields[0]); i++)
		if (strcasecmp(name, recipient_fields[i]) == 0)
			return true;
	return false;
}

static const char *
recipients_of(struct arena *arena, GMimeObject *header)
{
	GMimeHeaderList *fields = g_mime_object_get_header_list(header);
	struct buffer recipients;

	buffer_init(&recipients, arena, 0);
	for (int i = 0; i < g_mime_header_list_get_count(fields); i++) {
		GMimeHeader *field = g_mime_header_list_get_header_at(fields, i);

		if (!names_recipient(g_mime_header_get_name(field)))
			continue;
		buffer_string(&recipients, g_mime_header_get_raw_value(field));
		buffer_string(&recipients, "\n");
	}
	return buffer_text(&recipients);
}

/*
 * GMime gets headers and the one part that counts, never a whole mail: it parses the addresses of
 * messages inside, in a time that grows with the square of their number, and groups of addresses
 * inside of others until the stack ends.
 */
struct dsn
dsn_read(struct arena *arena, const char *bytes, size_t length)
{
	struct dsn dsn = { DSN_NONE, "-", "" };
	struct slice body;
	GMimeObject *header;

	g_mime_init();
	header = parse(parts_header((struct slice){ bytes, length }, &body));
	if (header == NULL)
		return dsn;
	dsn.recipients = recipients_of(arena, header);
	read_report(arena, header, body, &dsn);
	g_object_unref(header);
	return dsn;
}
