/* unsubscribing.c: the pages that end mails and bring them back, also for mail programs. */
#include <string.h>

#include "api/handlers.h"
#include "api/pages_texts.h"
#include "api/unsubscribing_texts.h"
#include "api/visitor.h"
#include "api_sql.h"

/* What each of the two links ends. */
struct ending {
	enum link_purpose purpose;
	const char *mails;               /* which are left */
	enum unsubscribing_text heading; /* what it is about, and what follows from it, are next */
};

static const struct ending reminders = { LINK_NO_REMINDERS, "needed", UNSUBSCRIBING_REMINDERS };
static const struct ending all_mails = { LINK_NO_MAILS, "asked", UNSUBSCRIBING_MAILS };

/* Whoever gets even less already, keeps it so. */
static bool
is_ended(const struct ending *ending, const struct visitor *visitor)
{
	return strcmp(visitor->mails, ending->mails) == 0 || strcmp(visitor->mails, "asked") == 0;
}

static void
write_choice(const struct layout *l, struct request *req, const char *mails,
    const char *const *words, const char *class)
{
	layout_form(l, req->home);
	layout_hidden(l, "mails", mails);
	layout_button(l, words, class);
	layout_form_end(l);
}

static enum problem
show(struct request *req, const struct ending *ending, const struct visitor *visitor)
{
	struct layout l = pages_layout(req, visitor->path, visitor->language);
	bool ended = is_ended(ending, visitor);

	layout_begin(&l, unsubscribing_texts[ending->heading], NULL);
	visitor_warn(visitor, &l);
	layout_text(&l, unsubscribing_texts[ending->heading + (ended ? 2 : 1)]);
	if (ended)
		write_choice(&l, req, "all", unsubscribing_texts[UNSUBSCRIBING_BACK], "");
	else
		write_choice(
		    &l, req, ending->mails, unsubscribing_texts[UNSUBSCRIBING_END], "action");
	layout_end(&l);
	return PROBLEM_NONE;
}

static enum problem
show_now(struct request *req, const struct ending *ending)
{
	struct visitor visitor = visitor_open(req, ending->purpose);

	return show(req, ending, &visitor);
}

static void
wish(struct request *req, const char *mails)
{
	request_bind(req, "wanted_language", NULL);
	request_bind(req, "mails", mails);
	request_bind(req, "reminding", NULL);
	request_bind(req, "lead_times", NULL);
	request_query(req, STATEMENT(PERSON_WISH));
}

/* A mail program gets its answer at once: it follows no redirect (RFC 8058, section 3.1). */
static enum problem
end(struct request *req, const struct ending *ending)
{
	struct visitor visitor = visitor_open(req, ending->purpose);
	const char *chosen = json_string_value(json_object_get(req->body, "mails"));

	if (pages_has_faults(req))
		return show(req, ending, &visitor);
	if (chosen != NULL) {
		wish(req, chosen);
		return pages_see(req, req->home);
	}
	if (!is_ended(ending, &visitor))
		wish(req, visitor.mails = ending->mails);
	req->reply.status = 200;
	return show(req, ending, &visitor);
}

enum problem
reminders_show(struct request *req)
{
	return show_now(req, &reminders);
}

enum problem
reminders_end(struct request *req)
{
	return end(req, &reminders);
}

enum problem
mails_show(struct request *req)
{
	return show_now(req, &all_mails);
}

enum problem
mails_end(struct request *req)
{
	return end(req, &all_mails);
}
