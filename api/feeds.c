/* feeds.c: the calendar of one person: made, changed, and given a secret address. */
#include <string.h>

#include "api/calendar_links.h"
#include "api/handlers.h"
#include "api/person.h"
#include "api/reply.h"
#include "api_sql.h"
#include "core/secrets.h"

/* What the person wants of it, the title sealed. */
static void
bind_wanted(struct request *req)
{
	struct rows *keys = request_query(req, STATEMENT(PERSON_KEY_GET));
	struct person person;

	if (rows_count(keys) == 0)
		request_fail(req, PROBLEM_NOT_FOUND);
	person_open(&person, req, keys);
	person_seal(&person, "title");
	request_bind(req, "wanted", person_row(&person));
}

/* The address is shown once, in all its forms. */
static void
show_address(struct request *req, const char *token)
{
	const char *base = req->service->config->base_url;
	struct calendar_links links = calendar_links_of(
	    req->arena, arena_printf(req->arena, "%s/v1/feeds/%s.ics", base, token));

	reply_member(req, "url", links.feed);
	reply_member(req, "webcal_url", links.webcal);
	reply_member(req, "google_url", links.google);
	reply_member(req, "page_url", arena_printf(req->arena, "%s/v1/feeds/%s/page", base, token));
}

enum problem
feed_create(struct request *req)
{
	const char *token = secrets_token(req->arena, TOKEN_FEED);
	enum problem problem;

	bind_wanted(req);
	request_bind(req, "hash", person_token_hash(req, token));
	problem = reply_row(req, request_query(req, req->operation->statement));
	if (problem == PROBLEM_NONE)
		show_address(req, token);
	return problem;
}

enum problem
feed_put(struct request *req)
{
	bind_wanted(req);
	return reply_row(req, request_query(req, req->operation->statement));
}
