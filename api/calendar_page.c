/* calendar_page.c: the page on which people subscribe to a calendar, without scripts. */
#include <string.h>

#include "api/calendar_links.h"
#include "api/calendar_page.h"
#include "api/calendar_page_texts.h"
#include "api/html.h"
#include "api/qr.h"
#include "calendar_page_style.h"

struct view {
	struct buffer *out;
	enum language language;
	const struct calendar_page *page;
	struct calendar_links links;
};

static const char *
text_of(const struct view *view, enum text text)
{
	return calendar_page_texts[text][view->language];
}

static void
write_link(const struct view *view, const char *address, enum text words)
{
	buffer_string(view->out, "<p><a class=\"action\" rel=\"noreferrer\" href=\"");
	html_write_text(view->out, address);
	buffer_printf(view->out, "\">%s</a></p>\n", text_of(view, words));
}

static bool
write_open(const struct view *view)
{
	write_link(view, view->links.webcal, TEXT_OPEN_LINK);
	return true;
}

static bool
write_google(const struct view *view)
{
	write_link(view, view->links.google, TEXT_GOOGLE_LINK);
	return true;
}

static bool
write_copy(const struct view *view)
{
	buffer_printf(view->out,
	    "<p><label for=\"address\">%s</label>"
	    "<textarea id=\"address\" rows=\"3\" readonly spellcheck=\"false\" translate=\"no\">",
	    text_of(view, TEXT_COPY_LABEL));
	html_write_text(view->out, view->links.feed);
	buffer_string(view->out, "</textarea></p>\n");
	return true;
}

/*
 * The webcal form: an iPhone's camera subscribes at once. Android knows it only by apps, but of the
 * https form it would make a copy, which never hears of a meeting that is cancelled.
 */
static bool
write_scan(const struct view *view)
{
	return qr_write_svg(view->out, view->links.webcal, text_of(view, TEXT_SCAN_LABEL));
}

static bool
write_personal(const struct view *view)
{
	return view->page->is_personal;
}

static bool
write_delay(const struct view *view)
{
	(void)view;
	return true;
}

/* What write adds to heading and hint; if it returns false, the section is not for this page. */
/* clang-format off */
static const struct section {
	enum text heading;
	const char *class;
	bool (*write)(const struct view *);
} sections[] = {
	{ TEXT_PERSONAL, "notice", write_personal },
	{ TEXT_OPEN,     "screen", write_open     },
	{ TEXT_GOOGLE,   "screen", write_google   },
	{ TEXT_COPY,     "copy",   write_copy     },
	{ TEXT_SCAN,     "scan",   write_scan     },
	{ TEXT_DELAY,    "delay",  write_delay    },
};

static const char *const language_tags[LANGUAGE_COUNT]  = { "de",      "en"      };
static const char *const language_names[LANGUAGE_COUNT] = { "Deutsch", "English" };
/* clang-format on */

static void
write_section(const struct view *view, const struct section *section)
{
	size_t start = view->out->length;

	buffer_printf(view->out, "<section class=\"%s\">\n<h2>%s</h2>\n<p>%s</p>\n", section->class,
	    text_of(view, section->heading), text_of(view, section->heading + 1));
	if (section->write(view))
		buffer_string(view->out, "</section>\n");
	else
		view->out->length = start;
}

static void
write_head(const struct view *view)
{
	buffer_printf(view->out,
	    "<!doctype html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>%s: ",
	    language_tags[view->language], text_of(view, TEXT_HEADING));
	html_write_text(view->out, view->page->title);
	buffer_string(
	    view->out, "</title>\n<style>" CALENDAR_PAGE_STYLE "</style>\n</head>\n<body>\n");
}

static void
write_language_link(const struct view *view)
{
	enum language other = view->language == LANGUAGE_DE ? LANGUAGE_EN : LANGUAGE_DE;

	if (view->page->other_language_url == NULL)
		return;
	buffer_printf(view->out, "<header><a lang=\"%s\" hreflang=\"%s\" href=\"",
	    language_tags[other], language_tags[other]);
	html_write_text(view->out, view->page->other_language_url);
	buffer_printf(view->out, "\">%s</a></header>\n", language_names[other]);
}

static void
write_main(const struct view *view)
{
	buffer_printf(view->out, "<main>\n<h1>%s: <bdi>", text_of(view, TEXT_HEADING));
	html_write_text(view->out, view->page->title);
	buffer_printf(view->out, "</bdi></h1>\n<p>%s</p>\n", text_of(view, TEXT_ABOUT));
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		write_section(view, &sections[i]);
	buffer_string(view->out, "</main>\n</body>\n</html>\n");
}

void
calendar_page_write(struct buffer *out, const struct calendar_page *page)
{
	struct view view = {
		.out = out,
		.language = strcmp(page->language, "de") == 0 ? LANGUAGE_DE : LANGUAGE_EN,
		.page = page,
		.links = calendar_links_of(out->arena, page->feed),
	};

	write_head(&view);
	write_language_link(&view);
	write_main(&view);
}

const char *
calendar_page_policy(void)
{
	return "default-src 'none'; style-src '" CALENDAR_PAGE_STYLE_HASH "'; base-uri 'none'; "
	       "form-action 'none'; frame-ancestors 'none'";
}
