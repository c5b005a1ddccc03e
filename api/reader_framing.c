/* reader_framing.c: the fields that say where a request ends and whether another one may follow. */
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "api/reader_syntax.h"

/* One element of a list, without the white space around it. */
struct element {
	const char *text;
	size_t length;
};

static bool
is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

/* Takes the first element off the list, empty ones too; the list is NULL after the last. */
static struct element
list_shift(const char **list)
{
	const char *text = *list, *end = text + strcspn(text, ",");

	*list = *end == ',' ? end + 1 : NULL;
	while (text < end && is_blank(*text))
		text++;
	while (end > text && is_blank(end[-1]))
		end--;
	return (struct element){ text, (size_t)(end - text) };
}

static bool
element_is(struct element element, const char *word)
{
	return element.length == strlen(word) &&
	    strncasecmp(element.text, word, element.length) == 0;
}

static enum flaw
connection_take(struct framing *framing, const char *value)
{
	struct element option;

	while (value != NULL) {
		option = list_shift(&value);
		framing->wants_close |= element_is(option, "close");
		framing->wants_keep_alive |= element_is(option, "keep-alive");
	}
	return FLAW_NONE;
}

static size_t
decimal_append(size_t number, char digit)
{
	size_t unit = (size_t)(digit - '0');

	return number > (SIZE_MAX - unit) / 10 ? SIZE_MAX : number * 10 + unit;
}

static enum flaw
content_length_take(struct framing *framing, const char *value)
{
	if (framing->has_length)
		return FLAW_LENGTH_REPEATED;
	if (*value == '\0' || value[strspn(value, "0123456789")] != '\0')
		return FLAW_LENGTH_SYNTAX;
	framing->has_length = true;
	for (; *value != '\0'; value++)
		framing->length = decimal_append(framing->length, *value);
	return FLAW_NONE;
}

static enum flaw
expect_take(struct framing *framing, const char *value)
{
	struct element expectation;

	while (value != NULL) {
		expectation = list_shift(&value);
		if (element_is(expectation, "100-continue"))
			framing->expects_continue = true;
		else if (expectation.length > 0)
			framing->has_other_expectation = true;
	}
	return FLAW_NONE;
}

static enum flaw
host_take(struct framing *framing, const char *value)
{
	if (framing->host != NULL)
		return FLAW_HOST_REPEATED;
	framing->host = value;
	return *value == '\0' || authority_is_valid(value) ? FLAW_NONE : FLAW_HOST_SYNTAX;
}

static enum flaw
transfer_encoding_take(struct framing *framing, const char *value)
{
	struct element coding;

	framing->has_coding = true;
	while (value != NULL) {
		coding = list_shift(&value);
		if (coding.length == 0 ||
		    bytes_span(coding.text, coding.length, IN_TOKEN) < coding.length)
			return FLAW_CODING_SYNTAX;
		if (framing->is_chunked)
			return FLAW_CODING_ORDER;
		if (element_is(coding, "chunked"))
			framing->is_chunked = true;
		else
			framing->has_other_coding = true;
	}
	return FLAW_NONE;
}

/* clang-format off */
static const struct {
	const char *name;
	enum flaw (*take)(struct framing *framing, const char *value);
} framing_fields[] = {
	{ "connection",        connection_take        },
	{ "content-length",    content_length_take    },
	{ "expect",            expect_take            },
	{ "host",              host_take              },
	{ "transfer-encoding", transfer_encoding_take },
};
/* clang-format on */

enum flaw
framing_take(struct framing *framing, const struct header_field *field)
{
	for (size_t i = 0; i < sizeof(framing_fields) / sizeof(*framing_fields); i++)
		if (strcmp(field->name, framing_fields[i].name) == 0)
			return framing_fields[i].take(framing, field->value);
	return FLAW_NONE;
}

enum flaw
framing_check(const struct framing *framing, int minor_version, size_t body_limit)
{
	if (framing->host == NULL && minor_version > 0)
		return FLAW_HOST_MISSING;
	if (framing->has_length && framing->has_coding)
		return FLAW_LENGTH_AND_CODING;
	if (framing->has_coding && minor_version == 0)
		return FLAW_CODING_VERSION;
	if (framing->has_coding && !framing->is_chunked)
		return FLAW_CODING_ORDER;
	if (framing->has_other_coding)
		return FLAW_CODING_UNKNOWN;
	if (framing->length > body_limit)
		return FLAW_BODY_LENGTH;
	if (framing->has_other_expectation)
		return FLAW_EXPECTATION;
	return FLAW_NONE;
}

bool
framing_keeps_alive(const struct framing *framing, int minor_version)
{
	return !framing->wants_close && (minor_version > 0 || framing->wants_keep_alive);
}
