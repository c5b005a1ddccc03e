/* pages.c: requests that are answered with pages. */
#include <stdlib.h>
#include <string.h>

#include "api/negotiation.h"
#include "api/pages.h"
#include "api/pages_texts.h"
#include "api/reply.h"
#include "api/rows.h"
#include "core/recurrence_words.h"

/* What stands before a path: the base URL without the host. */
static const char *
prefix_of(const struct request *req)
{
	const char *host = strstr(req->service->config->base_url, "://");
	const char *path = host == NULL ? NULL : strchr(host + 3, '/');

	return path == NULL || path[1] == '\0' ? "" : path;
}

static const char *
language_asked(const struct request *req)
{
	return req->operation == NULL ? NULL : request_parameter(req, "lang");
}

const char *
pages_link(struct request *req, const char *format, ...)
{
	const char *asked = language_asked(req), *path;
	va_list arguments;

	va_start(arguments, format);
	path = arena_vprintf(req->arena, format, arguments);
	va_end(arguments);
	return arena_printf(req->arena, "%s%s%s%s", prefix_of(req), path,
	    asked == NULL ? "" : "?lang=", asked == NULL ? "" : asked);
}

bool
pages_has_faults(const struct request *req)
{
	return req->faults != NULL && req->faults->count > 0;
}

static void
describe(struct request *req, const char *language)
{
	req->reply.type = "text/html; charset=utf-8";
	req->reply.language = language;
	req->reply.is_private = true;
	req->reply.policy = layout_policy();
}

/* The one that is asked for, else that of the person, else what the client likes. */
static enum language
choose_language(struct request *req, const char *persons)
{
	const char *asked = language_asked(req);

	if (req->language == NULL) /* it failed before that was looked at */
		negotiate_language(req);
	return language_of(asked != NULL ? asked : persons != NULL ? persons : req->language);
}

struct layout
pages_layout(struct request *req, const char *address, const char *language)
{
	struct layout layout = {
		.out = &req->reply.body,
		.language = choose_language(req, language),
	};

	layout.other_language_url = address == NULL ?
	    NULL :
	    arena_printf(req->arena, "%s%s?lang=%s", prefix_of(req), address,
		language_tag(layout.language == LANGUAGE_DE ? LANGUAGE_EN : LANGUAGE_DE));
	if (pages_has_faults(req)) {
		req->reply.status = problem_status(PROBLEM_INVALID_BODY);
		layout.typed = req->body;
		layout.faults = req->faults;
	}
	describe(req, language_tag(layout.language));
	return layout;
}

enum problem
pages_see(struct request *req, const char *link)
{
	req->reply.status = 303;
	req->reply.location = link;
	req->reply.etag = NULL;
	req->reply.body.length = 0;
	req->reply.type = "text/html; charset=utf-8";
	return PROBLEM_NONE;
}

/* What went wrong and what to do about it; all else is the first. */
static enum pages_text
text_of(enum problem problem)
{
	/* clang-format off */
	static const struct {
		enum problem problem;
		enum pages_text text;
	} texts[] = {
		{ PROBLEM_NOT_FOUND,           PAGES_NOT_FOUND    },
		{ PROBLEM_UNAUTHENTICATED,     PAGES_SIGN_IN      },
		{ PROBLEM_FORBIDDEN,           PAGES_FOREIGN      },
		{ PROBLEM_INVALID_TRANSITION,  PAGES_TOO_LATE     },
		{ PROBLEM_REGISTRATION_CLOSED, PAGES_CLOSED       },
		{ PROBLEM_MEETING_BEGUN,       PAGES_CLOSED       },
		{ PROBLEM_FULL,                PAGES_FULL         },
		{ PROBLEM_DUPLICATE,           PAGES_DUPLICATE    },
		{ PROBLEM_RELAY_OFF,           PAGES_RELAY_OFF    },
		{ PROBLEM_RATE_LIMITED,        PAGES_TOO_MANY     },
		{ PROBLEM_UNAVAILABLE,         PAGES_UNAVAILABLE  },
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].problem == problem)
			return texts[i].text;
	return PAGES_FAILED;
}

void
pages_problem(struct request *req, enum problem problem)
{
	enum pages_text text = text_of(problem);
	struct layout layout = {
		.out = &req->reply.body,
		.language = choose_language(req, req->reply.language),
	};

	describe(req, language_tag(layout.language));
	layout_begin(&layout, pages_texts[text], NULL);
	layout_text(&layout, pages_texts[text + 1]);
	if (req->home != NULL)
		layout_link(&layout, req->home, pages_texts[PAGES_BACK], "action");
	layout_text_with(&layout, pages_texts[PAGES_REQUEST], req->id);
	layout_end(&layout);
}

static void
json_free(void *json)
{
	json_decref(json);
}

const json_t *
pages_object(struct request *req, const struct rows *rows, size_t row)
{
	struct buffer text;
	json_t *object;

	buffer_init(&text, req->arena, 1024);
	if (!rows_write_object(&text, rows, row))
		request_log(req, "sealed values", "some did not open and were left out");
	object = json_loadb(text.bytes, text.length, JSON_ALLOW_NUL, NULL);
	arena_defer(req->arena, json_free, object);
	return object;
}

const char *
pages_moment(const struct layout *l, const struct rows *rows, size_t row, const char *column)
{
	const char *digits = rows_text(rows, row, column);
	unsigned long long number = digits == NULL ? 0 : strtoull(digits, NULL, 10);
	struct arena *arena = l->out->arena;

	if (number == 0)
		return NULL;
	return arena_printf(arena, "%s (%s)",
	    recurrence_moment(arena, language_tag(l->language), (recurrence_date)(number / 10000),
		(int)(number / 100 % 100 * 60 + number % 100)),
	    rows_text(rows, row, "_zone"));
}
