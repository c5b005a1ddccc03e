/* calendar_page.c: the page on which people subscribe to a calendar, without scripts. */
#include "api/calendar_links.h"
#include "api/calendar_page.h"
#include "api/calendar_page_texts.h"
#include "api/html.h"
#include "api/layout.h"
#include "api/qr.h"

struct view {
	struct layout layout;
	const struct calendar_page *page;
	struct calendar_links links;
};

static const char *
text_of(const struct view *view, enum text text)
{
	return layout_words(&view->layout, calendar_page_texts[text]);
}

static bool
write_open(const struct view *view)
{
	layout_link(
	    &view->layout, view->links.webcal, calendar_page_texts[TEXT_OPEN_LINK], "action");
	return true;
}

static bool
write_google(const struct view *view)
{
	layout_link(
	    &view->layout, view->links.google, calendar_page_texts[TEXT_GOOGLE_LINK], "action");
	return true;
}

static bool
write_copy(const struct view *view)
{
	buffer_printf(view->layout.out,
	    "<p><label for=\"address\">%s</label>"
	    "<textarea id=\"address\" rows=\"3\" readonly spellcheck=\"false\" translate=\"no\">",
	    text_of(view, TEXT_COPY_LABEL));
	html_write_text(view->layout.out, view->links.feed);
	buffer_string(view->layout.out, "</textarea></p>\n");
	return true;
}

/*
 * The webcal form: an iPhone's camera subscribes at once. Android knows it only by apps, but of the
 * https form it would make a copy, which never hears of a meeting that is cancelled.
 */
static bool
write_scan(const struct view *view)
{
	return qr_write_svg(view->layout.out, view->links.webcal, text_of(view, TEXT_SCAN_LABEL));
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
/* clang-format on */

static void
write_section(const struct view *view, const struct section *section)
{
	size_t start = view->layout.out->length;

	buffer_printf(view->layout.out, "<section class=\"%s\">\n<h2>%s</h2>\n<p>%s</p>\n",
	    section->class, text_of(view, section->heading), text_of(view, section->heading + 1));
	if (section->write(view))
		buffer_string(view->layout.out, "</section>\n");
	else
		view->layout.out->length = start;
}

void
calendar_page_write(struct buffer *out, const struct calendar_page *page)
{
	struct view view = {
		.layout = { out, language_of(page->language), page->other_language_url },
		.page = page,
		.links = calendar_links_of(out->arena, page->feed),
	};

	layout_begin(&view.layout, calendar_page_texts[TEXT_HEADING], page->title);
	layout_text(&view.layout, calendar_page_texts[TEXT_ABOUT]);
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		write_section(&view, &sections[i]);
	layout_end(&view.layout);
}
