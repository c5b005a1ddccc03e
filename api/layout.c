/* layout.c: the parts of pages that only show something. */
#include <string.h>

#include "api/html.h"
#include "api/layout.h"
#include "api/layout_texts.h"
#include "pages_style.h"

const char *
layout_words(const struct layout *l, const char *const *words)
{
	return words[l->language];
}

static void
write_title(
    const struct layout *l, const char *const *words, const char *subject, const char *around[2])
{
	buffer_string(l->out, layout_words(l, words));
	if (subject == NULL)
		return;
	buffer_printf(l->out, ": %s", around[0]);
	html_write_text(l->out, subject);
	buffer_string(l->out, around[1]);
}

static void
write_language_link(const struct layout *l)
{
	enum language other = l->language == LANGUAGE_DE ? LANGUAGE_EN : LANGUAGE_DE;

	if (l->other_language_url == NULL)
		return;
	buffer_printf(l->out, "<header><a lang=\"%s\" hreflang=\"%s\" href=\"", language_tag(other),
	    language_tag(other));
	html_write_text(l->out, l->other_language_url);
	buffer_printf(l->out, "\">%s</a></header>\n", language_name(other));
}

static bool
has_faults(const struct layout *l)
{
	return l->faults != NULL && l->faults->count > 0;
}

/* "/reminders/0" is about the field "reminders". */
static void
write_faults(const struct layout *l)
{
	const char *pointer = l->faults->items[0].pointer;
	int length = pointer == NULL ? 0 : (int)strcspn(pointer + 1, "/");

	buffer_printf(l->out, "<div class=\"notice\" role=\"alert\">\n<h2>%s</h2>\n<p>",
	    layout_words(l, layout_texts[LAYOUT_WRONG]));
	if (length > 0 && strchr(pointer + 1, '~') == NULL) {
		buffer_string(l->out, "<a href=\"#");
		html_write_text(l->out, arena_printf(l->out->arena, "%.*s", length, pointer + 1));
		buffer_printf(
		    l->out, "\">%s</a>", layout_words(l, layout_texts[LAYOUT_WRONG_LINK]));
	}
	buffer_string(l->out, "</p>\n</div>\n");
}

void
layout_begin(const struct layout *l, const char *const *words, const char *subject)
{
	buffer_printf(l->out,
	    "<!doctype html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>%s",
	    language_tag(l->language),
	    has_faults(l) ? layout_words(l, layout_texts[LAYOUT_WRONG_TITLE]) : "");
	write_title(l, words, subject, (const char *[]){ "", "" });
	buffer_string(l->out, "</title>\n<style>" PAGES_STYLE "</style>\n</head>\n<body>\n");
	write_language_link(l);
	buffer_string(l->out, "<main>\n<h1>");
	write_title(l, words, subject, (const char *[]){ "<bdi>", "</bdi>" });
	buffer_string(l->out, "</h1>\n");
	if (has_faults(l))
		write_faults(l);
}

void
layout_end(const struct layout *l)
{
	buffer_string(l->out, "</main>\n</body>\n</html>\n");
}

void
layout_section(const struct layout *l, const char *const *words, const char *class)
{
	buffer_printf(l->out, "<section%s%s%s>\n<h2>%s</h2>\n", class == NULL ? "" : " class=\"",
	    class == NULL ? "" : class, class == NULL ? "" : "\"", layout_words(l, words));
}

void
layout_section_end(const struct layout *l)
{
	buffer_string(l->out, "</section>\n");
}

void
layout_text(const struct layout *l, const char *const *words)
{
	buffer_printf(l->out, "<p>%s</p>\n", layout_words(l, words));
}

void
layout_text_with(const struct layout *l, const char *const *words, const char *value)
{
	const char *text = layout_words(l, words), *place = strstr(text, "{}");

	buffer_printf(l->out, "<p>%.*s", (int)(place - text), text);
	html_write_text(l->out, value);
	buffer_printf(l->out, "%s</p>\n", place + strlen("{}"));
}

void
layout_heading(const struct layout *l, const char *text)
{
	buffer_string(l->out, "<h3><bdi>");
	html_write_text(l->out, text);
	buffer_string(l->out, "</bdi></h3>\n");
}

void
layout_quote(const struct layout *l, const char *text)
{
	buffer_string(l->out, "<blockquote dir=\"auto\">");
	html_write_text(l->out, text);
	buffer_string(l->out, "</blockquote>\n");
}

void
layout_facts(const struct layout *l)
{
	buffer_string(l->out, "<dl>\n");
}

void
layout_fact(const struct layout *l, const char *const *words, const char *value)
{
	if (value == NULL)
		return;
	buffer_printf(l->out, "<dt>%s</dt>\n<dd><bdi>", layout_words(l, words));
	html_write_text(l->out, value);
	buffer_string(l->out, "</bdi></dd>\n");
}

void
layout_facts_end(const struct layout *l)
{
	buffer_string(l->out, "</dl>\n");
}

void
layout_link(
    const struct layout *l, const char *address, const char *const *words, const char *class)
{
	buffer_printf(l->out, "<p><a class=\"%s\" rel=\"noreferrer\" href=\"", class);
	html_write_text(l->out, address);
	buffer_printf(l->out, "\">%s</a></p>\n", layout_words(l, words));
}

const char *
layout_policy(void)
{
	return "default-src 'none'; style-src '" PAGES_STYLE_HASH "'; base-uri 'none'; "
	       "form-action 'self'; frame-ancestors 'none'";
}
