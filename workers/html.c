/* html.c: the text of a mail as HTML: paragraphs, lines, and links to ourselves. */
#include <stdbool.h>
#include <string.h>

#include "core/buffer.h"
#include "workers/html.h"

#define STYLE                                    \
	":root{color-scheme:light dark}"         \
	"body{max-width:36em;margin:1.5em auto;" \
	"padding:0 1em;font:1em/1.5 sans-serif;" \
	"overflow-wrap:anywhere}"

static void
write_escaped(struct buffer *out, const char *text, size_t length)
{
	static const char *const entities[] = {
		['&'] = "&amp;",
		['<'] = "&lt;",
		['>'] = "&gt;",
		['"'] = "&quot;",
		['\n'] = "<br>\n",
	};

	for (; length > 0; text++, length--) {
		unsigned char c = (unsigned char)*text;

		if (c < sizeof(entities) / sizeof(entities[0]) && entities[c] != NULL)
			buffer_string(out, entities[c]);
		else
			buffer_append(out, text, 1);
	}
}

/* The length of the link that begins here, or 0; what ends a sentence does not belong to it. */
static size_t
link_length(const char *text, const char *end, const char *base_url)
{
	size_t base = strlen(base_url), length = strcspn(text, " \t\n<>\"");

	if (length > (size_t)(end - text))
		length = (size_t)(end - text);
	if (base == 0 || length < base || memcmp(text, base_url, base) != 0)
		return 0;
	while (length > base && strchr(".,;:!?)'", text[length - 1]) != NULL)
		length--;
	return length == base || strchr("/?#", text[base]) != NULL ? length : 0;
}

static void
write_link(struct buffer *out, const char *text, size_t length)
{
	buffer_string(out, "<a href=\"");
	write_escaped(out, text, length);
	buffer_string(out, "\">");
	write_escaped(out, text, length);
	buffer_string(out, "</a>");
}

static void
write_paragraph(struct buffer *out, const char *text, const char *end, const char *base_url)
{
	buffer_string(out, "<p>");
	for (bool may_begin = true; text < end;) {
		size_t length = may_begin ? link_length(text, end, base_url) : 0;

		if (length > 0)
			write_link(out, text, length);
		else
			write_escaped(out, text, length = 1);
		text += length;
		may_begin = strchr(" \t\n(<", text[-1]) != NULL;
	}
	buffer_string(out, "</p>\n");
}

static void
write_paragraphs(struct buffer *out, const char *text, const char *base_url)
{
	while (*(text += strspn(text, "\n")) != '\0') {
		const char *next = strstr(text, "\n\n"), *end = next;

		if (next == NULL)
			next = end = text + strlen(text);
		while (end[-1] == '\n')
			end--;
		write_paragraph(out, text, end, base_url);
		text = next;
	}
}

const char *
html_of_text(struct arena *arena, const char *language, const char *title, const char *text,
    const char *base_url)
{
	struct buffer out;

	buffer_init(&out, arena, 2 * strlen(text) + 512);
	buffer_printf(&out,
	    "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n<title>",
	    language);
	write_escaped(&out, title, strlen(title));
	buffer_string(&out,
	    "</title>\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "<style>" STYLE "</style>\n</head>\n<body>\n");
	write_paragraphs(&out, text, base_url);
	buffer_string(&out, "</body>\n</html>\n");
	return buffer_text(&out);
}
