/* calendar_pages.c: where people subscribe to calendars. */
#include <string.h>

#include "api/calendar_page.h"
#include "api/handlers.h"
#include "api/layout.h"
#include "api/person.h"
#include "api/reply.h"
#include "api/search.h"
#include "api_sql.h"

#define LANG "lang="

/* The query as it came, but for one parameter. */
static const char *
query_without_lang(const struct request *req)
{
	const char *query = req->message->query == NULL ? "" : req->message->query;
	struct buffer kept;

	buffer_init(&kept, req->arena, strlen(query) + 1);
	while (*query != '\0') {
		size_t length = strcspn(query, "&");

		if (strncmp(query, LANG, strlen(LANG)) != 0) {
			buffer_string(&kept, kept.length > 0 ? "&" : "");
			buffer_append(&kept, query, length);
		}
		query += length + (query[length] == '&');
	}
	return buffer_text(&kept);
}

/* The address of something below /v1 in a language. */
static const char *
address(const struct request *req, const char *path, const char *language)
{
	const char *query = query_without_lang(req);

	return arena_printf(req->arena, "%s%s?%s%s" LANG "%s", req->service->config->base_url, path,
	    query, query[0] == '\0' ? "" : "&", language);
}

/* Says so that the page is in the language that was asked for, or else in the client's. */
static const char *
language_wanted(struct request *req)
{
	const char *asked = request_parameter(req, "lang");

	return req->reply.language = asked != NULL ? asked : req->language;
}

static void
show(struct request *req, const struct calendar_page *page)
{
	req->reply.type = "text/html; charset=utf-8";
	req->reply.policy = layout_policy();
	calendar_page_write(&req->reply.body, page);
}

static void
show_public(struct request *req, const char *title, const char *page, const char *feed)
{
	const char *language = language_wanted(req);
	const char *other = strcmp(language, "de") == 0 ? "en" : "de";

	show(req,
	    &(struct calendar_page){
		.language = language,
		.title = title,
		.feed = address(req, feed, language),
		.other_language_url = address(req, page, other),
	    });
}

enum problem
group_calendar_show(struct request *req)
{
	const char *path =
	    arena_printf(req->arena, "/v1/groups/%s/calendar", request_parameter(req, "group_id"));
	struct rows *found;

	request_bind(req, "feed_format", NULL);
	found = request_query(req, STATEMENT(GROUP_CALENDAR_FIND));
	if (rows_count(found) == 0)
		return PROBLEM_NOT_FOUND;
	show_public(
	    req, rows_text(found, 0, "name"), path, arena_printf(req->arena, "%s.ics", path));
	return PROBLEM_NONE;
}

enum problem
calendar_show(struct request *req)
{
	enum problem problem = search_check_narrow(req);

	if (problem != PROBLEM_NONE)
		return problem;
	show_public(req, strcmp(language_wanted(req), "de") == 0 ? "Treffen" : "Meetings",
	    "/v1/calendar", "/v1/calendar.ics");
	return PROBLEM_NONE;
}

/* Nothing on it says what it is about: it may lie open. */
enum problem
feed_show(struct request *req)
{
	const char *token = request_parameter(req, "token"), *language = language_wanted(req);
	const char *path = arena_printf(req->arena, "/v1/feeds/%s", token);
	bool is_german = strcmp(language, "de") == 0;

	req->reply.is_private = true;
	request_bind(req, "token_hash", person_token_hash(req, token));
	request_bind(req, "feed_format", NULL);
	if (rows_count(request_query(req, STATEMENT(FEED_CALENDAR_FIND))) == 0)
		return PROBLEM_NOT_FOUND;
	show(req,
	    &(struct calendar_page){
		.language = language,
		.title = is_german ? "Termine" : "Appointments",
		.feed = arena_printf(req->arena, "%s%s.ics", req->service->config->base_url, path),
		.is_personal = true,
		.other_language_url = address(
		    req, arena_printf(req->arena, "%s/page", path), is_german ? "en" : "de"),
	    });
	return PROBLEM_NONE;
}
