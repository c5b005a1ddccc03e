/* my_page.c: what a person reads on their page about what is theirs. */
#include <string.h>

#include "api/my_page.h"
#include "api/my_texts.h"
#include "api/referral_texts.h"

const char *
my_page_link(const struct my_page *page, const char *below)
{
	return pages_link(page->request, "%s%s", page->visitor->path, below);
}

static const char *
text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static const char *
about(const struct my_page *page, const char *column)
{
	return rows_text(page->about, 0, column);
}

static const char *
moment(const struct my_page *page, const char *column)
{
	return pages_moment(&page->layout, page->about, 0, column);
}

static bool
is_state(const struct my_page *page, const char *state)
{
	return strcmp(text_of(page->registration, "state"), state) == 0;
}

/* What a state means, and what comes next: the hint follows. */
static enum my_text
state_text(const struct my_page *page)
{
	/* clang-format off */
	static const struct {
		const char *state;
		enum my_text text;
	} states[] = {
		{ "unconfirmed", MY_UNCONFIRMED },
		{ "screening",   MY_SCREENING   },
		{ "waiting",     MY_WAITING     },
		{ "offered",     MY_OFFERED     },
		{ "confirmed",   MY_CONFIRMED   },
		{ "cancelled",   MY_CANCELLED   },
		{ "declined",    MY_DECLINED    },
		{ "expired",     MY_EXPIRED     },
		{ "rejected",    MY_REJECTED    },
	};
	/* clang-format on */
	size_t i = 0;

	while (!is_state(page, states[i].state))
		i++;
	return states[i].text;
}

static void
write_position(const struct my_page *page)
{
	const json_t *position = json_object_get(page->registration, "position");

	if (position != NULL)
		layout_fact(&page->layout, my_texts[MY_POSITION],
		    arena_printf(page->request->arena, "%lld", json_integer_value(position)));
}

/* Street, postcode and town, as far as they are known. */
static const char *
address_of(const struct my_page *page)
{
	static const char *const members[] = { "street", "postcode", "town" };
	const json_t *place = json_object_get(page->registration, "place");
	const char *name = text_of(place, "name");
	struct buffer out;

	if (place == NULL)
		return NULL;
	buffer_init(&out, page->request->arena, 64);
	buffer_string(&out, name == NULL ? "" : name);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const char *part = text_of(json_object_get(place, "address"), members[i]);

		if (part != NULL)
			buffer_printf(&out, "%s%s",
			    out.length == 0 ? "" :
				i == 2      ? " " :
					      ", ",
			    part);
	}
	return buffer_text(&out);
}

/* Whether the rules of registrations let a person take a step from here. */
static bool
may(const struct my_page *page, const char *step)
{
	const char *steps = about(page, "steps");

	return steps != NULL && strstr(steps, step) != NULL;
}

/* Whatever is not over can be cancelled. */
static bool
is_live(const struct my_page *page)
{
	return may(page, "cancel");
}

static void
write_facts(const struct my_page *page)
{
	const struct layout *l = &page->layout;
	const json_t *online = json_object_get(page->registration, "online");
	const char *url = text_of(online, "join_url");
	bool is_regular = json_object_get(page->registration, "meeting_id") == NULL;

	layout_facts(l);
	layout_fact(l, my_texts[MY_GROUP], about(page, "group_name"));
	if (!is_regular || is_live(page))
		layout_fact(l, my_texts[is_regular ? MY_NEXT : MY_WHEN], moment(page, "starts"));
	write_position(page);
	layout_fact(l,
	    my_texts[is_state(page, "unconfirmed") ? MY_CONFIRM_UNTIL :
		    is_state(page, "offered")      ? MY_ANSWER_UNTIL :
						     MY_HELD_UNTIL],
	    moment(page, "until"));
	layout_fact(l, my_texts[MY_TALK], moment(page, "talk"));
	layout_fact(l, my_texts[MY_TALK_PLACE], text_of(page->registration, "screening_place"));
	layout_fact(l, my_texts[MY_REASON], text_of(page->registration, "reason"));
	layout_fact(l, my_texts[MY_PLACE], address_of(page));
	layout_fact(l, my_texts[MY_DIRECTIONS],
	    text_of(json_object_get(page->registration, "place"), "directions"));
	layout_fact(l, my_texts[MY_DIAL_IN], text_of(online, "dial_in"));
	layout_fact(l, my_texts[MY_ACCESS_CODE], text_of(online, "access_code"));
	layout_facts_end(l);
	if (url != NULL)
		layout_link(l, url, my_texts[MY_JOIN], "action");
}

/* What is only offered is declined, which comes to the same as cancelling it. */
static bool
is_shown(const struct my_page *page, const char *step)
{
	return may(page, step) && (strcmp(step, "cancel") != 0 || !may(page, "decline"));
}

static void
write_steps(const struct my_page *page)
{
	/* clang-format off */
	static const struct {
		const char *step, *below;
		enum my_text text;
		const char *class;
	} steps[] = {
		{ "accept",  "/accept",  MY_ACCEPT,  "action" },
		{ "decline", "/decline", MY_DECLINE, ""       },
		{ "cancel",  "/cancel",  MY_CANCEL,  "danger" },
	};
	/* clang-format on */

	buffer_string(page->layout.out, "<div class=\"deeds\">\n");
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (is_shown(page, steps[i].step))
			layout_deed(&page->layout, my_page_link(page, steps[i].below),
			    my_texts[steps[i].text], steps[i].class);
	buffer_string(page->layout.out, "</div>\n");
}

static void
write_state(const struct my_page *page)
{
	enum my_text text = state_text(page);

	layout_section(&page->layout, my_texts[text], "notice");
	layout_text(&page->layout, my_texts[text + 1]);
	if (strcmp(about(page, "is_off") == NULL ? "f" : about(page, "is_off"), "t") == 0)
		layout_text(&page->layout, my_texts[MY_OFF]);
	write_facts(page);
	write_steps(page);
	layout_section_end(&page->layout);
}

static void
write_said(const struct my_page *page)
{
	const struct layout *l = &page->layout;
	const char *message = text_of(page->registration, "message");

	layout_section(l, my_texts[MY_SAID], NULL);
	layout_facts(l);
	layout_fact(l, my_texts[MY_PSEUDONYM], text_of(page->registration, "pseudonym"));
	layout_fact(l, my_texts[MY_EMAIL],
	    text_of(json_object_get(page->registration, "contact"), "email"));
	layout_facts_end(l);
	if (message != NULL) {
		layout_text(l, my_texts[MY_MESSAGE]);
		layout_quote(l, message);
	}
	layout_section_end(l);
}

/* What is told of them to whoever gave them a code. */
static void
write_referral(const struct my_page *page)
{
	const struct layout *l = &page->layout;
	const char *state;

	if (rows_count(page->referral) == 0)
		return;
	state = text_of(pages_object(page->request, page->referral, 0), "state");
	layout_section(l, referral_texts[REFERRAL_MINE], NULL);
	layout_facts(l);
	layout_fact(
	    l, referral_texts[REFERRED_STATE], layout_words(l, referral_state_words(state)));
	layout_facts_end(l);
	layout_text(l, referral_texts[REFERRAL_MINE_HINT]);
	layout_deed(
	    l, my_page_link(page, "/referral/end"), referral_texts[REFERRAL_MINE_END], "danger");
	layout_section_end(l);
}

void
my_page_write_registration(struct my_page *page)
{
	layout_begin(&page->layout, my_texts[MY_HEADING], NULL);
	visitor_warn(page->visitor, &page->layout);
	write_state(page);
	write_referral(page);
	my_page_write_wishes(page, is_live(page));
	if (is_live(page) || page->feed != NULL)
		my_page_write_calendar(page);
	if (about(page, "takes_messages")[0] == 't') {
		layout_section(&page->layout, my_texts[MY_WRITE], NULL);
		layout_text(&page->layout, my_texts[MY_WRITE_HINT]);
		my_page_write_message(page);
		layout_section_end(&page->layout);
	}
	write_said(page);
	my_page_write_data(page);
	layout_end(&page->layout);
}

/* What was delivered by mail is not kept. */
static void
write_post(const struct my_page *page, size_t row)
{
	const json_t *post = pages_object(page->request, page->thread, row);
	const char *by = text_of(post, "by"), *text = text_of(post, "text");
	bool is_leaders = by != NULL && strcmp(by, "leader") == 0;

	layout_text(&page->layout, my_texts[is_leaders ? MY_POST_OF_GROUP : MY_POST_OF_YOU]);
	if (text == NULL)
		layout_text(&page->layout, my_texts[MY_POST_MAILED]);
	else
		layout_quote(&page->layout, text);
}

void
my_page_write_thread(struct my_page *page)
{
	layout_begin(&page->layout, my_texts[MY_THREAD], NULL);
	visitor_warn(page->visitor, &page->layout);
	layout_text(&page->layout, my_texts[MY_THREAD_HINT]);
	for (size_t row = 0; row < rows_count(page->thread); row++)
		write_post(page, row);
	my_page_write_message(page);
	my_page_write_wishes(page, false);
	my_page_write_data(page);
	layout_end(&page->layout);
}

void
my_page_write_leader(struct my_page *page)
{
	layout_begin(&page->layout, my_texts[MY_LEADER], NULL);
	visitor_warn(page->visitor, &page->layout);
	layout_text(&page->layout, my_texts[MY_LEADER_HINT]);
	layout_link(&page->layout,
	    pages_link(page->request, "/groups/%s/sign-in", page->request->caller.group_id),
	    my_texts[MY_LEADER_SIGN_IN], "action");
	my_page_write_wishes(page, false);
	layout_end(&page->layout);
}
