/* calendars.c: calendars to subscribe to: found as they were last made, or made now. */
#include <stdlib.h>
#include <string.h>

#include "api/feed_cache.h"
#include "api/handlers.h"
#include "api/negotiation.h"
#include "api/person.h"
#include "api/reply.h"
#include "api/search.h"
#include "api_sql.h"
#include "core/feed.h"
#include "core/secrets.h"

/* The feed that is asked for. */
struct wanted {
	enum content_format format;
	bool is_personal;
	const struct rows *found;
};

static bool
is_true(const struct rows *rows, const char *name)
{
	const char *text = rows_text(rows, 0, name);

	return text != NULL && text[0] == 't';
}

/* By Accept, whatever the address ends in; text/calendar for whoever does not say. */
static enum content_format
choose_format(struct request *req)
{
	enum content_format format;

	format = req->reply.type == req->operation->type ? CONTENT_ICS : CONTENT_JCAL;
	if (format == CONTENT_ICS)
		req->reply.type = "text/calendar; charset=utf-8";
	request_bind(req, "feed_format", feed_formats[format]);
	return format;
}

/* Making it --------------------------------------------------------------------------------- */

static void
bind_store(struct request *req, const struct rows *head, struct feed *feed)
{
	request_bind(req, "version", rows_text(head, 0, "version"));
	request_bind(req, "good_until", rows_text(head, 0, "good_until"));
	request_bind(req, "etag", feed->etag);
	request_bind(req, "text", feed->sealed == NULL ? buffer_text(&feed->body) : NULL);
	request_bind(req, "body", feed->sealed);
	request_bind(req, "packed", feed_packed(req->arena, feed));
}

/* Packed as it is kept, so that its tag stands for the same bytes from the first reading on. */
static void
give_made(struct request *req, const struct feed *feed)
{
	struct reply *reply = &req->reply;

	reply->is_packed = feed->packed.length > 0;
	reply->body = reply->is_packed ? feed->packed : feed->body;
	reply->etag = reply->is_packed ? reply_packed_tag(req->arena, feed->etag) : feed->etag;
}

static enum problem
make_feed(struct request *req, const struct wanted *wanted)
{
	struct rows *head = request_query(req, STATEMENT(FEED_HEAD_GET)), *events, *stored;
	struct feed feed;

	if (rows_count(head) == 0)
		return PROBLEM_NOT_FOUND;
	events = request_query(req, STATEMENT(FEED_EVENTS_LIST));
	switch (feed_make(req->arena, req->service->config->base_url, head, events, wanted->format,
	    negotiate_gzip(req), &feed)) {
	case FEED_TOO_LARGE:
		return PROBLEM_TOO_MANY;
	case FEED_SEALED:
		request_log(req, "sealed values", "a person's key does not open");
		return PROBLEM_INTERNAL;
	case FEED_MADE:
		break;
	}
	bind_store(req, head, &feed);
	stored = request_query(req, STATEMENT(FEED_STORE));
	req->reply.modified = strtoll(rows_text(stored, 0, "modified"), NULL, 10);
	give_made(req, &feed);
	return PROBLEM_NONE;
}

/* Giving out what was made ------------------------------------------------------------------ */

/* What is kept as text, or as a bytea; NULL if it does not open. */
static const char *
open_kept(
    struct request *req, const struct wanted *wanted, const struct rows *kept, size_t *ret_length)
{
	if (wanted->is_personal)
		return feed_open(req->arena, kept, rows_text(wanted->found, 0, "feed_id"),
		    wanted->format, ret_length);
	if (req->reply.is_packed)
		return secrets_bytes(req->arena, rows_text(kept, 0, "body"), ret_length);
	return rows_value(kept, 0, rows_column(kept, "text"), ret_length);
}

/* The bytes behind a tag. False if the feed has another by now. */
static bool
read_kept(struct request *req, const struct wanted *wanted, const char *etag)
{
	struct buffer *body = &req->reply.body;
	const char *bytes;
	struct rows *kept;
	size_t length;

	if (!wanted->is_personal && feed_cache_get(req->reply.etag, body))
		return true;
	request_bind(req, "etag", etag);
	request_bind(req, "is_packed", req->reply.is_packed ? "true" : "false");
	kept = request_query(req, STATEMENT(FEED_BODY_GET));
	bytes = rows_count(kept) == 0 ? NULL : open_kept(req, wanted, kept, &length);
	if (bytes == NULL)
		return false;
	buffer_append(body, bytes, length);
	if (!wanted->is_personal)
		feed_cache_put(req->reply.etag, body);
	return true;
}

/*
 * What the client has already need not be looked for. What is to be packed and was not yet, is made
 * anew, to be kept so.
 */
static enum problem
give_kept(struct request *req, const struct wanted *wanted)
{
	const char *etag = rows_text(wanted->found, 0, "etag");
	struct reply *reply = &req->reply;

	reply->modified = strtoll(rows_text(wanted->found, 0, "modified"), NULL, 10);
	reply->is_packed = !wanted->is_personal && negotiate_gzip(req);
	reply->etag = reply->is_packed ? reply_packed_tag(req->arena, etag) : etag;
	if (negotiate_known(req)) {
		reply->status = 304;
		return PROBLEM_NONE;
	}
	if ((!reply->is_packed || is_true(wanted->found, "is_packed")) &&
	    read_kept(req, wanted, etag))
		return PROBLEM_NONE;
	reply->is_packed = false;
	return make_feed(req, wanted);
}

static enum problem
give(struct request *req, const struct wanted *wanted)
{
	bool is_due = is_true(wanted->found, "is_due");

	request_bind(req, "feed", rows_text(wanted->found, 0, "feed_id"));
	request_bind(req, "is_due", is_due ? "true" : "false");
	if (is_due || !is_true(wanted->found, "is_touched"))
		request_query(req, STATEMENT(FEED_TOUCH));
	return is_true(wanted->found, "is_fresh") ? give_kept(req, wanted) : make_feed(req, wanted);
}

/* Whom it is of ----------------------------------------------------------------------------- */

/* Nobody has asked for it before: from now on it is kept. */
static enum problem
add_and_make(struct request *req, const struct wanted *wanted)
{
	struct rows *added;

	request_bind(req, "key", rows_text(wanted->found, 0, "key"));
	request_bind(req, "feed_group", rows_text(wanted->found, 0, "group_id"));
	request_bind(req, "feed_language", rows_text(wanted->found, 0, "language"));
	added = request_query(req, STATEMENT(FEED_ADD));
	request_bind(req, "feed", rows_text(added, 0, "feed_id"));
	return make_feed(req, wanted);
}

static bool
is_known(const struct rows *found)
{
	return rows_text(found, 0, "feed_id") != NULL;
}

enum problem
group_calendar_get(struct request *req)
{
	struct wanted wanted = { .format = choose_format(req) };

	wanted.found = request_query(req, STATEMENT(GROUP_CALENDAR_FIND));
	if (rows_count(wanted.found) == 0)
		return PROBLEM_NOT_FOUND;
	if (is_known(wanted.found))
		return give(req, &wanted);
	request_bind(req, "filter", NULL);
	request_bind(req, "words", NULL);
	request_bind(req, "near", NULL);
	return add_and_make(req, &wanted);
}

enum problem
calendar_search(struct request *req)
{
	struct wanted wanted = { .format = choose_format(req) };
	enum problem problem = search_check_narrow(req);

	if (problem != PROBLEM_NONE)
		return problem;
	wanted.found = request_query(req, STATEMENT(SEARCH_CALENDAR_FIND));
	if (is_known(wanted.found))
		return give(req, &wanted);
	search_bind_words(req);
	search_bind_place(req);
	return add_and_make(req, &wanted);
}

enum problem
feed_calendar_get(struct request *req)
{
	const char *file = request_parameter(req, "file");
	struct wanted wanted = { .format = choose_format(req), .is_personal = true };

	req->reply.is_private = true;
	request_bind(req, "token_hash",
	    person_token_hash(req, arena_copy(req->arena, file, strlen(file) - strlen(".ics"))));
	wanted.found = request_query(req, STATEMENT(FEED_CALENDAR_FIND));
	return rows_count(wanted.found) == 0 ? PROBLEM_NOT_FOUND : give(req, &wanted);
}
