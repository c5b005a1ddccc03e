/* content.c: content lines and jCal. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/content.h"
#include "core/json.h"

#define LINE_MAX  75 /* octets without the line break (RFC 5545, section 3.1) */
#define TIME_SIZE 32
#define WORD_MAX  64

void
content_init(struct content *c, struct buffer *out, enum content_format format)
{
	*c = (struct content){ .out = out, .format = format };
}

/* Folding ----------------------------------------------------------------------------------- */

static bool
is_inside(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
}

/* Whether an escape begins with the last byte before the end: the backslashes there are odd. */
static bool
is_escaped(const char *text, size_t end)
{
	size_t slashes = 0;

	while (slashes < end && text[end - 1 - slashes] == '\\')
		slashes++;
	return slashes % 2 == 1;
}

/* How much of a line goes into the next piece of it. */
static size_t
piece(const char *text, size_t length, size_t most)
{
	size_t end = most;

	if (length <= most)
		return length;
	while (end > 1 && is_inside((unsigned char)text[end]))
		end--;
	return is_escaped(text, end) ? end - 1 : end;
}

/* Ends the line that begins at the given place of the output. */
static void
end_line(struct buffer *out, size_t start)
{
	size_t length = out->length - start, taken;
	const char *rest;

	if (length > LINE_MAX) {
		rest = arena_copy(out->arena, out->bytes + start, length);
		taken = piece(rest, length, LINE_MAX);
		out->length = start + taken;
		for (rest += taken, length -= taken; length > 0; rest += taken, length -= taken) {
			taken = piece(rest, length, LINE_MAX - 1);
			buffer_append(out, "\r\n ", 3);
			buffer_append(out, rest, taken);
		}
	}
	buffer_append(out, "\r\n", 2);
}

/* Components -------------------------------------------------------------------------------- */

static void
write_lower(struct buffer *out, const char *word)
{
	char lower[WORD_MAX];
	size_t length = 0;

	for (; length < WORD_MAX - 1 && word[length] != '\0'; length++)
		lower[length] = word[length] >= 'A' && word[length] <= 'Z' ?
		    (char)(word[length] + 32) :
		    word[length];
	buffer_append(out, lower, length);
}

void
content_begin(struct content *c, const char *component)
{
	if (c->format == CONTENT_ICS) {
		buffer_printf(c->out, "BEGIN:%s\r\n", component);
		return;
	}
	if (c->depth > 0) {
		buffer_string(c->out, c->open[c->depth - 1].has_components ? "," : "],[");
		c->open[c->depth - 1].has_components = true;
	}
	c->open[c->depth].has_properties = false;
	c->open[c->depth++].has_components = false;
	buffer_string(c->out, "[\"");
	write_lower(c->out, component);
	buffer_string(c->out, "\",[");
}

void
content_end(struct content *c, const char *component)
{
	if (c->format == CONTENT_ICS)
		buffer_printf(c->out, "END:%s\r\n", component);
	else
		buffer_string(c->out, c->open[--c->depth].has_components ? "]]" : "],[]]");
}

/* Properties: what comes before and after the value ----------------------------------------- */

/* Returns where the line begins. */
static size_t
begin_property(
    struct content *c, const char *name, const char *zone, const char *type, bool is_said)
{
	size_t start = c->out->length;

	if (c->format == CONTENT_ICS) {
		buffer_string(c->out, name);
		if (is_said) {
			buffer_string(c->out, ";VALUE=");
			buffer_string(c->out, type);
		}
		if (zone != NULL) {
			buffer_string(c->out, ";TZID=");
			buffer_string(c->out, zone);
		}
		buffer_append(c->out, ":", 1);
		return start;
	}
	buffer_string(c->out, c->open[c->depth - 1].has_properties ? ",[\"" : "[\"");
	c->open[c->depth - 1].has_properties = true;
	write_lower(c->out, name);
	buffer_string(c->out, "\",{");
	if (zone != NULL) {
		buffer_string(c->out, "\"tzid\":");
		json_write_string(c->out, zone, strlen(zone));
	}
	buffer_string(c->out, "},\"");
	write_lower(c->out, strncmp(name, "X-", 2) == 0 ? "unknown" : type);
	buffer_string(c->out, "\",");
	return start;
}

static void
end_property(struct content *c, size_t start)
{
	if (c->format == CONTENT_ICS)
		end_line(c->out, start);
	else
		buffer_string(c->out, "]");
}

static void
write_property(struct content *c, const char *name, const char *zone, const char *type,
    bool is_said, const char *value)
{
	size_t start = begin_property(c, name, zone, type, is_said);

	if (c->format == CONTENT_ICS)
		buffer_string(c->out, value);
	else
		json_write_string(c->out, value, strlen(value));
	end_property(c, start);
}

/* Values ------------------------------------------------------------------------------------ */

/* A CR goes, with or without its LF; of what is left below the space, only LF and TAB stay. */
static bool
is_dropped(char c)
{
	return ((unsigned char)c < ' ' && c != '\n' && c != '\t') || c == 0x7f;
}

static void
write_escaped(struct buffer *out, const char *text)
{
	while (*text != '\0') {
		size_t plain = strcspn(text,
		    "\\;,\n\r\001\002\003\004\005\006\a\b\v\f\016\017\020\021\022"
		    "\023\024\025\026\027\030\031\032\033\034\035\036\037\177");

		buffer_append(out, text, plain);
		text += plain;
		if (*text == '\0')
			break;
		if (*text == '\n')
			buffer_append(out, "\\n", 2);
		else if (!is_dropped(*text))
			buffer_append(out, (char[]){ '\\', *text }, 2);
		text++;
	}
}

static const char *
without_controls(struct arena *arena, const char *text)
{
	char *kept = arena_strdup(arena, text), *end = kept;

	for (; *text != '\0'; text++)
		if (!is_dropped(*text))
			*end++ = *text;
	*end = '\0';
	return kept;
}

void
content_text(struct content *c, const char *name, const char *text)
{
	size_t start;

	if (text == NULL)
		return;
	if (c->format == CONTENT_JCAL) {
		write_property(c, name, NULL, "TEXT", false, without_controls(c->out->arena, text));
		return;
	}
	start = begin_property(c, name, NULL, "TEXT", false);
	write_escaped(c->out, text);
	end_property(c, start);
}

void
content_word(struct content *c, const char *name, const char *word)
{
	write_property(c, name, NULL, "TEXT", false, word);
}

void
content_uri(struct content *c, const char *name, const char *uri, bool is_said)
{
	struct buffer encoded;

	if (uri == NULL)
		return;
	buffer_init(&encoded, c->out->arena, strlen(uri) + 16);
	for (; *uri != '\0'; uri++)
		if ((unsigned char)*uri <= ' ' || (unsigned char)*uri >= 0x7f ||
		    strchr("\"<>\\^`{|}", *uri) != NULL)
			buffer_printf(&encoded, "%%%02X", (unsigned char)*uri);
		else
			buffer_append(&encoded, uri, 1);
	write_property(c, name, NULL, "URI", is_said, buffer_text(&encoded));
}

void
content_number(struct content *c, const char *name, int64_t number)
{
	size_t start = begin_property(c, name, NULL, "INTEGER", false);

	buffer_printf(c->out, "%" PRId64, number);
	end_property(c, start);
}

void
content_duration(struct content *c, const char *name, const char *duration, bool is_said)
{
	write_property(c, name, NULL, "DURATION", is_said, duration);
}

static const char *
time_text(const struct content *c, int64_t seconds, bool is_utc, char text[static TIME_SIZE])
{
	struct tm parts;
	size_t length;

	gmtime_r(&(time_t){ seconds }, &parts);
	length = strftime(text, TIME_SIZE,
	    c->format == CONTENT_ICS ? "%Y%m%dT%H%M%S" : "%Y-%m-%dT%H:%M:%S", &parts);
	if (is_utc && length > 0)
		memcpy(text + length, "Z", 2);
	return text;
}

void
content_time(struct content *c, const char *name, const char *zone, int64_t seconds)
{
	char text[TIME_SIZE];

	write_property(
	    c, name, zone, "DATE-TIME", false, time_text(c, seconds, zone == NULL, text));
}

void
content_local(struct content *c, const char *name, int64_t seconds)
{
	char text[TIME_SIZE];

	write_property(c, name, NULL, "DATE-TIME", false, time_text(c, seconds, false, text));
}

void
content_offset(struct content *c, const char *name, int seconds)
{
	int minutes = abs(seconds) / 60;

	write_property(c, name, NULL, "UTC-OFFSET", false,
	    arena_printf(c->out->arena, "%c%02d%s%02d", seconds < 0 ? '-' : '+', minutes / 60,
		c->format == CONTENT_ICS ? "" : ":", minutes % 60));
}

/* "BYDAY=MO,WE": numbers stand bare, several values in an array (RFC 7265, section 3.6.10). */
static void
write_rule_part(struct buffer *out, const char *part, size_t length)
{
	size_t name = strcspn(part, "=");
	const char *value = part + name + 1, *end = part + length;
	bool is_list = memchr(value, ',', (size_t)(end - value)) != NULL;

	buffer_string(out, "\"");
	write_lower(out, arena_copy(out->arena, part, name));
	buffer_string(out, is_list ? "\":[" : "\":");
	while (value < end) {
		size_t size = strcspn(value, ",;");
		bool is_number = strspn(value, "-0123456789") == size;

		buffer_string(out, is_number ? "" : "\"");
		buffer_append(out, value, size);
		buffer_string(out, is_number ? "" : "\"");
		value += size + 1;
		buffer_string(out, value < end ? "," : "");
	}
	buffer_string(out, is_list ? "]" : "");
}

static void
write_rule_object(struct buffer *out, const char *rule)
{
	const char *before = "{";

	while (*rule != '\0') {
		size_t length = strcspn(rule, ";");

		buffer_string(out, before);
		write_rule_part(out, rule, length);
		rule += length + (rule[length] == ';');
		before = ",";
	}
	buffer_string(out, "}");
}

void
content_rule(struct content *c, const char *rule, int64_t until)
{
	char text[TIME_SIZE];
	size_t start = begin_property(c, "RRULE", NULL, "RECUR", false);

	if (until != 0)
		rule = arena_printf(
		    c->out->arena, "%s;UNTIL=%s", rule, time_text(c, until, true, text));
	if (c->format == CONTENT_ICS)
		buffer_string(c->out, rule);
	else
		write_rule_object(c->out, rule);
	end_property(c, start);
}

void
content_point(struct content *c, const char *point)
{
	size_t start, comma;

	if (point == NULL)
		return;
	start = begin_property(c, "GEO", NULL, "FLOAT", false);
	comma = strcspn(point, ";");
	if (c->format == CONTENT_ICS)
		buffer_string(c->out, point);
	else
		buffer_printf(c->out, "[%.*s,%s]", (int)comma, point, point + comma + 1);
	end_property(c, start);
}
