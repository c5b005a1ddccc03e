/* letter.c: a mail as text and HTML, and as a calendar if there is one; GMime's only home. */
#include <gmime/gmime.h>
#include <string.h>
#include <time.h>

#include "core/buffer.h"
#include "workers/html.h"
#include "workers/letter.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS  "0123456789"

#define PHRASE_CHARACTERS  LETTERS DIGITS " "
#define SUBJECT_CHARACTERS LETTERS DIGITS " .,:;!?'()/-" /* none that could begin an encoded word */
#define PLAIN_MAX          60                            /* of a header that is not folded */
#define WORD_BYTES         39 /* with them and the longest name, lines stay below 76 (RFC 2047) */

/* Valid UTF-8 without controls, except those that are to be kept. */
static const char *
clean(struct arena *arena, const char *text, const char *kept)
{
	char *valid = g_utf8_make_valid(text, -1);
	struct buffer out;

	buffer_init(&out, arena, strlen(valid) + 1);
	for (char *at = valid, *next; *at != '\0'; at = next) {
		next = g_utf8_next_char(at);
		if (!g_unichar_iscntrl(g_utf8_get_char(at)) || strchr(kept, *at) != NULL)
			buffer_append(&out, at, (size_t)(next - at));
		else if (*at != '\r' || *kept == '\0')
			buffer_string(&out, " ");
	}
	g_free(valid);
	return buffer_text(&out);
}

/* How much of a text fits into one encoded word: characters stay whole. */
static size_t
word_length(const char *text)
{
	size_t length = strnlen(text, WORD_BYTES + 1);

	if (length <= WORD_BYTES)
		return length;
	for (length = WORD_BYTES; length > 1 && ((unsigned char)text[length] & 0xc0) == 0x80;)
		length--;
	return length;
}

/*
 * As it is if it is plain, else in encoded words. GMime would make those longer than 75 characters
 * where no space is, and leave alone what only looks like one.
 */
static const char *
words(struct arena *arena, const char *text, const char *plain)
{
	size_t length = strlen(text);
	struct buffer out;

	if (length <= PLAIN_MAX && strspn(text, plain) == length && text[0] != ' ' &&
	    (length == 0 || text[length - 1] != ' ') && strstr(text, "  ") == NULL)
		return text;
	buffer_init(&out, arena, 2 * length);
	for (; *text != '\0'; text += length) {
		gchar *encoded;

		length = word_length(text);
		encoded = g_base64_encode((const guchar *)text, length);
		buffer_printf(&out, "%s=?utf-8?B?%s?=", out.length == 0 ? "" : "\n ", encoded);
		g_free(encoded);
	}
	return buffer_text(&out);
}

/* As it stands, without GMime's opinion about it. */
static void
add_header(GMimeMessage *message, const char *name, const char *value)
{
	GMimeHeaderList *headers = g_mime_object_get_header_list(GMIME_OBJECT(message));
	gchar *raw = g_strdup_printf(" %s\n", value);
	GMimeHeader *header;

	g_mime_header_list_append(headers, name, "", NULL);
	header =
	    g_mime_header_list_get_header_at(headers, g_mime_header_list_get_count(headers) - 1);
	g_mime_header_set_raw_value(header, raw);
	g_free(raw);
}

static const char *
sender(struct arena *arena, const struct mailbox *from)
{
	const char *name = clean(arena, from->name, "");
	const char *written = words(arena, name, PHRASE_CHARACTERS);

	if (name[0] == '\0')
		return from->address.text;
	return arena_printf(
	    arena, "%s%s<%s>", written, written == name ? " " : "\n ", from->address.text);
}

static const char *
date(struct arena *arena, int64_t instant)
{
	time_t seconds = (time_t)(instant / 1000000);
	char text[64];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S +0000", &tm);
	return arena_strdup(arena, text);
}

/* Of the whole installation: it tells nothing of topic or group (RFC 2919). */
static const char *
list_id(struct arena *arena, const struct letter *letter)
{
	const char *base_url = letter->base_url, *host = strstr(base_url, "://");
	char *name;

	host = host == NULL ? base_url : host + 3;
	name = arena_copy(arena, host, strcspn(host, host[0] == '[' ? "]/" : ":/"));
	for (char *c = name; *c != '\0'; c++)
		if (strchr(LETTERS DIGITS "-.", *c) == NULL)
			*c = '-';
	return arena_printf(arena, "<%s.%s>", letter->list, name);
}

static void
add_headers(GMimeMessage *message, struct arena *arena, const struct letter *letter)
{
	add_header(message, "From", sender(arena, &letter->from));
	add_header(message, "To", letter->to.text);
	add_header(message, "Subject",
	    words(arena, clean(arena, letter->subject, ""), SUBJECT_CHARACTERS));
	add_header(message, "Date", date(arena, letter->date));
	add_header(message, "Message-ID",
	    arena_printf(arena, "<%s@%s>", letter->id, letter->from.address.domain));
	add_header(message, "Auto-Submitted", "auto-generated");
	add_header(message, "List-Id", list_id(arena, letter));
	if (letter->unsubscribe != NULL) {
		add_header(
		    message, "List-Unsubscribe", arena_printf(arena, "<%s>", letter->unsubscribe));
		add_header(message, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
	}
	add_header(message, "Content-Language", letter->language);
}

static void
add_part(GMimeMultipart *whole, const char *subtype, const char *method,
    GMimeContentEncoding encoding, const char *text)
{
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(text, strlen(text));
	GMimeDataWrapper *content =
	    g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);
	GMimePart *part = g_mime_part_new_with_type("text", subtype);

	g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "charset", "utf-8");
	if (method != NULL)
		g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "method", method);
	g_mime_part_set_content(part, content);
	g_mime_part_set_content_encoding(part, encoding);
	g_mime_multipart_add(whole, GMIME_OBJECT(part));
	g_object_unref(part);
	g_object_unref(content);
	g_object_unref(stream);
}

/* The best alternative comes last (RFC 2046, section 5.1.4). */
static void
add_parts(GMimeMessage *message, struct arena *arena, const struct letter *letter)
{
	GMimeMultipart *whole = g_mime_multipart_new_with_subtype("alternative");
	const char *text = clean(arena, letter->text, "\n\t");

	g_mime_multipart_set_boundary(whole, arena_printf(arena, "=_%s", letter->id));
	add_part(whole, "plain", NULL, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE, text);
	add_part(whole, "html", NULL, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE,
	    html_of_text(arena, letter->language, clean(arena, letter->subject, ""), text,
		letter->base_url));
	if (letter->calendar != NULL)
		add_part(whole, "calendar", letter->method, GMIME_CONTENT_ENCODING_BASE64,
		    letter->calendar);
	g_mime_message_set_mime_part(message, GMIME_OBJECT(whole));
	g_object_unref(whole);
}

static const char *
bytes_of(struct arena *arena, GMimeMessage *message, size_t *ret_length)
{
	GMimeFormatOptions *options = g_mime_format_options_new();
	GMimeStream *stream = g_mime_stream_mem_new();
	GByteArray *array = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	const char *bytes;

	g_mime_format_options_set_newline_format(options, GMIME_NEWLINE_FORMAT_DOS);
	g_mime_object_write_to_stream(GMIME_OBJECT(message), options, stream);
	bytes = arena_copy(arena, (const char *)array->data, array->len);
	*ret_length = array->len;
	g_object_unref(stream);
	g_mime_format_options_free(options);
	return bytes;
}

const char *
letter_write(struct arena *arena, const struct letter *letter, size_t *ret_length)
{
	GMimeMessage *message;
	const char *bytes;

	g_mime_init();
	message = g_mime_message_new(FALSE);
	add_headers(message, arena, letter);
	add_parts(message, arena, letter);
	bytes = bytes_of(arena, message, ret_length);
	g_object_unref(message);
	return bytes;
}
