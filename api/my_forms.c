/* my_forms.c: what a person fills in on their page. */
#include <string.h>

#include "api/my_page.h"
#include "api/my_texts.h"

/* clang-format off */
static const struct option languages[] = {
	{ "de", my_texts[MY_GERMAN]  },
	{ "en", my_texts[MY_ENGLISH] },
};

static const struct option mails[] = {
	{ "all",    my_texts[MY_MAILS_ALL]    },
	{ "needed", my_texts[MY_MAILS_NEEDED] },
	{ "asked",  my_texts[MY_MAILS_ASKED]  },
};

static const struct option remindings[] = {
	{ "group", my_texts[MY_REMINDING_GROUP] },
	{ "own",   my_texts[MY_REMINDING_OWN]   },
	{ "none",  my_texts[MY_REMINDING_NONE]  },
};

static const struct option lead_times[] = {
	{ "P7D",   my_texts[MY_WEEK]         },
	{ "P3D",   my_texts[MY_THREE_DAYS]   },
	{ "P2D",   my_texts[MY_TWO_DAYS]     },
	{ "P1D",   my_texts[MY_DAY]          },
	{ "PT12H", my_texts[MY_TWELVE_HOURS] },
	{ "PT6H",  my_texts[MY_SIX_HOURS]    },
	{ "PT3H",  my_texts[MY_THREE_HOURS]  },
	{ "PT2H",  my_texts[MY_TWO_HOURS]    },
	{ "PT1H",  my_texts[MY_HOUR]         },
};

static const struct option details[] = {
	{ "discreet", my_texts[MY_DISCREET] },
	{ "full",     my_texts[MY_FULL]     },
};

static const struct option places[] = {
	{ "none", my_texts[MY_NO_PLACE] },
	{ "town", my_texts[MY_TOWN]     },
};

static const struct option alarms[] = {
	{ "",      my_texts[MY_NO_ALARM]     },
	{ "PT15M", my_texts[MY_15_MINUTES]   },
	{ "PT30M", my_texts[MY_30_MINUTES]   },
	{ "PT1H",  my_texts[MY_HOUR]         },
	{ "PT2H",  my_texts[MY_TWO_HOURS]    },
	{ "PT3H",  my_texts[MY_THREE_HOURS]  },
	{ "P1D",   my_texts[MY_DAY]          },
	{ "P2D",   my_texts[MY_TWO_DAYS]     },
};
/* clang-format on */

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* The layout for one form: what was sent with another one is not shown in it. */
static struct layout
form_of(const struct my_page *page, const char *below)
{
	const char *path = arena_printf(page->request->arena, "%s%s", page->visitor->path, below);
	struct layout layout = page->layout;

	if (strncmp(page->request->message->path, path, strlen(path)) != 0)
		layout.typed = NULL;
	return layout;
}

static const char *
feed_value(const struct my_page *page, const char *name, const char *otherwise)
{
	const char *value = json_string_value(json_object_get(page->feed, name));

	return value == NULL ? otherwise : value;
}

static const char *
reminders_of(const struct my_page *page)
{
	const json_t *reminders = json_object_get(page->registration, "reminders");
	struct buffer out;
	const json_t *item;
	size_t i;

	buffer_init(&out, page->request->arena, 64);
	buffer_string(&out, "[");
	json_array_foreach(reminders, i, item)
		buffer_printf(&out, "%s\"%s\"", i == 0 ? "" : ",", json_string_value(item));
	buffer_string(&out, "]");
	return buffer_text(&out);
}

/* The boxes count only with their own choice. */
static void
write_reminders(const struct my_page *page, const struct layout *l)
{
	layout_choice(l,
	    &(struct field){
		.name = "reminding",
		.label = my_texts[MY_REMINDERS],
		.value = rows_text(page->about, 0, "reminding"),
	    },
	    remindings, COUNT(remindings));
	layout_choices(l,
	    &(struct field){
		.name = "reminders",
		.label = my_texts[MY_LEAD_TIMES],
		.hint = my_texts[MY_LEAD_TIMES_HINT],
		.value = reminders_of(page),
	    },
	    lead_times, COUNT(lead_times));
}

void
my_page_write_wishes(struct my_page *page, bool has_reminders)
{
	struct layout l = form_of(page, "/wishes");

	layout_section(&l, my_texts[MY_WISHES], NULL);
	layout_form(&l, my_page_link(page, "/wishes"));
	layout_choice(&l,
	    &(struct field){
		.name = "language",
		.label = my_texts[MY_LANGUAGE],
		.value = page->visitor->language,
	    },
	    languages, COUNT(languages));
	layout_choice(&l,
	    &(struct field){
		.name = "mails",
		.label = my_texts[MY_MAILS],
		.value = page->visitor->mails,
	    },
	    mails, COUNT(mails));
	if (has_reminders)
		write_reminders(page, &l);
	layout_button(&l, my_texts[MY_SAVE], "");
	layout_form_end(&l);
	layout_section_end(&l);
}

static void
write_calendar_fields(const struct my_page *page, const struct layout *l)
{
	layout_choice(l,
	    &(struct field){
		.name = "detail",
		.label = my_texts[MY_DETAIL],
		.value = feed_value(page, "detail", "discreet"),
	    },
	    details, COUNT(details));
	layout_input(l,
	    &(struct field){
		.name = "title",
		.label = my_texts[MY_TITLE],
		.hint = my_texts[MY_TITLE_HINT],
		.value = feed_value(page, "title", NULL),
		.type = "text",
		.most = 80,
	    });
	layout_choice(l,
	    &(struct field){
		.name = "place",
		.label = my_texts[MY_CALENDAR_PLACE],
		.value = feed_value(page, "place", "none"),
	    },
	    places, COUNT(places));
	layout_select(l,
	    &(struct field){
		.name = "alarm",
		.label = my_texts[MY_ALARM],
		.value = feed_value(page, "alarm", ""),
	    },
	    alarms, COUNT(alarms));
}

void
my_page_write_calendar(struct my_page *page)
{
	struct layout l = form_of(page, "/calendar");
	const char *create = my_page_link(page, "/calendar");
	bool is_there = page->feed != NULL;

	layout_section(&l, my_texts[MY_CALENDAR], NULL);
	layout_text(&l, my_texts[is_there ? MY_CALENDAR_THERE : MY_CALENDAR_HINT]);
	layout_form(&l, is_there ? my_page_link(page, "/calendar/settings") : create);
	write_calendar_fields(page, &l);
	layout_button(&l, my_texts[is_there ? MY_SAVE : MY_CALENDAR_CREATE], "");
	if (is_there)
		layout_button_to(&l, create, my_texts[MY_CALENDAR_ANEW]);
	layout_form_end(&l);
	if (is_there)
		layout_deed(
		    &l, my_page_link(page, "/calendar/end"), my_texts[MY_CALENDAR_END], "danger");
	layout_section_end(&l);
}

void
my_page_write_message(struct my_page *page)
{
	struct layout l = form_of(page, "/messages");

	layout_form(&l, my_page_link(page, "/messages"));
	layout_area(&l,
	    &(struct field){
		.name = "text",
		.label = my_texts[MY_TEXT],
		.most = 4000,
		.is_needed = true,
	    });
	layout_hidden(&l, "key", page->form_key);
	layout_button(&l, my_texts[MY_SEND], "");
	layout_form_end(&l);
}

void
my_page_write_data(struct my_page *page)
{
	const struct layout *l = &page->layout;

	layout_section(l, my_texts[MY_DATA], NULL);
	layout_text(l, my_texts[MY_DATA_HINT]);
	layout_link(l, my_page_link(page, "/data"), my_texts[MY_DATA_GET], "plain");
	layout_text(l, my_texts[MY_LINKS_HINT]);
	layout_deed(l, my_page_link(page, "/links"), my_texts[MY_LINKS], "");
	layout_link(l, my_page_link(page, "/erase"), my_texts[MY_ERASE], "plain");
	layout_section_end(l);
}
