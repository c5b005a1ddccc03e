/* my.c: a person's own page: it shows what is theirs, and does what they want. */
#include <string.h>

#include "api/feeds.h"
#include "api/handlers.h"
#include "api/messages.h"
#include "api/my_page.h"
#include "api/my_texts.h"
#include "api/person.h"
#include "api/reply.h"
#include "api/visitor.h"
#include "api_sql.h"
#include "core/secrets.h"
#include "core/uuid.h"

#define FORM_LIFETIME (24 * INT64_C(3600000000))

static bool
is_role(const struct visitor *visitor, const char *role)
{
	return strcmp(visitor->role, role) == 0;
}

static void
show_registration(struct my_page *page)
{
	struct request *req = page->request;
	struct rows *registration = request_query(req, STATEMENT(REGISTRATION_GET));
	struct rows *feed = request_query(req, STATEMENT(FEED_GET));

	page->about = request_query(req, STATEMENT(MY_GET));
	page->registration = pages_object(req, registration, 0);
	page->feed = rows_count(feed) == 0 ? NULL : pages_object(req, feed, 0);
	page->referral = request_query(req, STATEMENT(REGISTRATION_REFERRAL_GET));
	my_page_write_registration(page);
}

static void
show_thread(struct my_page *page)
{
	page->thread = request_query(page->request, STATEMENT(MESSAGE_GET));
	my_page_write_thread(page);
}

/* The page, or once more with what is wrong with a form on it. */
static enum problem
show(struct request *req, const struct visitor *visitor)
{
	struct my_page page = {
		.request = req,
		.layout = pages_layout(req, visitor->path, visitor->language),
		.visitor = visitor,
		.form_key = secrets_new(req->arena),
	};

	if (is_role(visitor, "registrant"))
		show_registration(&page);
	else if (is_role(visitor, "sender"))
		show_thread(&page);
	else
		my_page_write_leader(&page);
	return PROBLEM_NONE;
}

enum problem
my_show(struct request *req)
{
	struct visitor visitor = visitor_open(req, LINK_PERSON);

	return show(req, &visitor);
}

/* A step of the registration, as the operation of the same name takes it. */
static enum problem
step(struct request *req, const struct statement *statement)
{
	visitor_open(req, LINK_PERSON);
	if (rows_count(request_query(req, statement)) == 0)
		return PROBLEM_NOT_FOUND;
	return pages_see(req, req->home);
}

enum problem
my_accept(struct request *req)
{
	return step(req, STATEMENT(REGISTRATION_ACCEPT));
}

enum problem
my_decline(struct request *req)
{
	return step(req, STATEMENT(REGISTRATION_DECLINE));
}

enum problem
my_cancel(struct request *req)
{
	return step(req, STATEMENT(REGISTRATION_CANCEL));
}

/* JSON texts as a PostgreSQL array literal: lead times need no quoting. */
static const char *
array_of(struct request *req, const json_t *list)
{
	struct buffer out;
	const json_t *item;
	size_t i;

	buffer_init(&out, req->arena, 64);
	buffer_string(&out, "{");
	json_array_foreach(list, i, item)
		buffer_printf(&out, "%s%s", i == 0 ? "" : ",", json_string_value(item));
	buffer_string(&out, "}");
	return buffer_text(&out);
}

static const char *
member(const struct request *req, const char *name)
{
	return json_string_value(json_object_get(req->body, name));
}

enum problem
my_wishes_change(struct request *req)
{
	struct visitor visitor = visitor_open(req, LINK_PERSON);

	if (pages_has_faults(req))
		return show(req, &visitor);
	request_bind(req, "wanted_language", member(req, "language"));
	request_bind(req, "mails", member(req, "mails"));
	request_bind(req, "reminding", member(req, "reminding"));
	request_bind(req, "lead_times", array_of(req, json_object_get(req->body, "reminders")));
	request_query(req, STATEMENT(PERSON_WISH));
	return pages_see(req, arena_copy(req->arena, req->home, strcspn(req->home, "?")));
}

/* The new address is shown by the calendar's own page: nobody can show it again. */
enum problem
my_calendar_create(struct request *req)
{
	struct visitor visitor = visitor_open(req, LINK_PERSON);
	const char *token;

	if (pages_has_faults(req))
		return show(req, &visitor);
	if (feed_give_address(req, &token) == NULL)
		return PROBLEM_NOT_FOUND;
	return pages_see(req, pages_link(req, "/v1/feeds/%s/page", token));
}

enum problem
my_calendar_change(struct request *req)
{
	struct visitor visitor = visitor_open(req, LINK_PERSON);

	if (pages_has_faults(req))
		return show(req, &visitor);
	return feed_put(req) == PROBLEM_NONE ? pages_see(req, req->home) : PROBLEM_NOT_FOUND;
}

/* Twice is as good as once. */
enum problem
my_calendar_end(struct request *req)
{
	visitor_open(req, LINK_PERSON);
	request_query(req, STATEMENT(FEED_DELETE));
	return pages_see(req, req->home);
}

/* Twice is as good as once. */
enum problem
my_referral_end(struct request *req)
{
	visitor_open(req, LINK_PERSON);
	request_query(req, STATEMENT(MY_REFERRAL_END));
	return pages_see(req, req->home);
}

/* A form that was sent twice is done once: whoever presses twice means it once. */
static bool
take_form(struct request *req)
{
	request_bind(req, "form_hash", person_token_hash(req, member(req, "key")));
	request_bind(req, "ends", clock_text(req->arena, clock_now() + FORM_LIFETIME));
	json_object_del(req->body, "key");
	return rows_text(request_query(req, STATEMENT(FORM_TAKE)), 0, "is_new")[0] == 't';
}

/*
 * Somebody who registered writes to the group: it knows them by the same pseudonym, and answers go
 * to the same address. The thread has a page of its own.
 */
static enum problem
begin_thread(struct request *req)
{
	struct rows *rows = request_query(req, STATEMENT(REGISTRATION_GET));
	const json_t *mine = pages_object(req, rows, 0);
	const char *email =
	    json_string_value(json_object_get(json_object_get(mine, "contact"), "email"));
	const char *thread, *secret;

	json_object_set(req->body, "name", json_object_get(mine, "pseudonym"));
	json_object_set(req->body, "language", json_object_get(mine, "language"));
	request_bind(req, "is_partner", "true"); /* whoever is in the group may write to it */
	thread = message_begin(req, req->caller.group_id, email, NULL, &secret);
	request_commit(req);
	return pages_see(req, pages_link(req, "%s", visitor_path(req, thread, "1")));
}

enum problem
my_message_write(struct request *req)
{
	struct visitor visitor = visitor_open(req, LINK_PERSON);
	enum problem problem;

	if (pages_has_faults(req))
		return show(req, &visitor);
	request_begin(req);
	if (!take_form(req))
		return pages_see(req, req->home);
	if (is_role(&visitor, "registrant"))
		return begin_thread(req);
	problem = reply_create(req);
	if (problem != PROBLEM_NONE)
		return problem;
	request_commit(req);
	return pages_see(req, req->home);
}

/* The new link is where the browser goes; it is mailed too, for whoever closes it too soon. */
enum problem
my_links_renew(struct request *req)
{
	struct visitor visitor = visitor_open(req, LINK_PERSON);
	struct rows *renewed = request_query(req, STATEMENT(LINKS_RENEW));

	return pages_see(req,
	    pages_link(req, "%s", visitor_path(req, visitor.id, rows_text(renewed, 0, "links"))));
}

enum problem
my_data_get(struct request *req)
{
	struct visitor visitor = visitor_open(req, LINK_PERSON);

	reply_field(req, "Content-Disposition", "attachment; filename=\"data.json\"");
	return is_role(&visitor, "registrant") ? registration_data_get(req) : message_get(req);
}

enum problem
my_erasure_show(struct request *req)
{
	struct visitor visitor = visitor_open(req, LINK_PERSON);
	struct layout layout =
	    pages_layout(req, arena_printf(req->arena, "%s/erase", visitor.path), visitor.language);

	layout_begin(&layout, my_texts[MY_ERASE], NULL);
	layout_text(&layout, my_texts[MY_ERASE_HINT]);
	layout_deed(
	    &layout, pages_link(req, "%s/erase", visitor.path), my_texts[MY_ERASE_NOW], "danger");
	layout_link(&layout, req->home, my_texts[MY_ERASE_NOT], "plain");
	layout_end(&layout);
	return PROBLEM_NONE;
}

/* There is no page any more to lead to. */
enum problem
my_erase(struct request *req)
{
	struct visitor visitor = visitor_open(req, LINK_PERSON);
	struct layout layout;

	if (is_role(&visitor, "leader"))
		return PROBLEM_NOT_FOUND;
	request_query(req,
	    is_role(&visitor, "registrant") ? STATEMENT(REGISTRATION_DELETE) :
					      STATEMENT(MESSAGE_DELETE));
	layout = pages_layout(req, NULL, visitor.language);
	layout_begin(&layout, my_texts[MY_ERASED], NULL);
	layout_text(&layout, my_texts[MY_ERASED_HINT]);
	layout_end(&layout);
	return PROBLEM_NONE;
}
