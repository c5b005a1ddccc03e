/* feeds.c: the calendar of one person: made, changed, and given a secret address. */
#include <string.h>

#include "api/calendar_links.h"
#include "api/feeds.h"
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

const struct rows *
feed_give_address(struct request *req, const char **ret_token)
{
	const char *token = secrets_token(req->arena, TOKEN_FEED);
	struct rows *rows;

	bind_wanted(req);
	request_bind(req, "hash", person_token_hash(req, token));
	rows = request_query(req, STATEMENT(FEED_CREATE));
	if (rows_count(rows) == 0)
		return NULL;
	*ret_token = token;
	return rows;
}

enum problem
feed_create(struct request *req)
{
	const char *token;
	const struct rows *rows = feed_give_address(req, &token);

	if (rows == NULL)
		return PROBLEM_NOT_FOUND;
	reply_row_of(req, rows, 0);
	show_address(req, token);
	return PROBLEM_NONE;
}

enum problem
feed_put(struct request *req)
{
	bind_wanted(req);
	return reply_row(req, request_query(req, STATEMENT(FEED_PUT)));
}
