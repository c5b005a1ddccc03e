/* sign_in.c: where leaders sign in: they ask for a link, and follow it in the same browser. */
#include "api/cookie.h"
#include "api/handlers.h"
#include "api/pages.h"
#include "api/person.h"
#include "api/leaders.h"
#include "api/sign_in_texts.h"
#include "api_sql.h"
#include "core/secrets.h"

#define SESSION_SECONDS (8 * 3600)
#define SIGN_IN_SECONDS 600

static const char *
path_of(struct request *req)
{
	return arena_printf(req->arena, "/groups/%s/sign-in", request_parameter(req, "group_id"));
}

static const char *
group_name(struct request *req)
{
	struct rows *group = request_query(req, STATEMENT(GROUP_NAME_GET));

	if (rows_count(group) == 0)
		request_fail(req, PROBLEM_NOT_FOUND);
	return rows_text(group, 0, "name");
}

static enum problem
show(struct request *req, const char *group)
{
	const char *path = path_of(req);
	struct layout l = pages_layout(req, path, NULL);

	layout_begin(&l, sign_in_texts[SIGN_IN_HEADING], group);
	layout_text(&l, sign_in_texts[SIGN_IN_HINT]);
	layout_form(&l, pages_link(req, "%s", path));
	layout_input(&l,
	    &(struct field){
		.name = "email",
		.label = sign_in_texts[SIGN_IN_EMAIL],
		.type = "email",
		.completion = "email",
		.most = 254,
		.is_needed = true,
	    });
	layout_button(&l, sign_in_texts[SIGN_IN_ASK], "action");
	layout_form_end(&l);
	layout_end(&l);
	return PROBLEM_NONE;
}

enum problem
sign_in_show(struct request *req)
{
	return show(req, group_name(req));
}

/* A browser that asks twice keeps its secret, so that each of the mails is good in it. */
static const char *
browser_of(struct request *req)
{
	const char *known = cookie_get(req, COOKIE_BROWSER);
	size_t length = 0;
	const char *bytes = known == NULL ? NULL : secrets_decode(req->arena, known, &length);

	return bytes != NULL && length == SECRETS_KEY_SIZE ?
	    secrets_encode(req->arena, bytes, length) :
	    secrets_new(req->arena);
}

/* The answer is the same for every address; only the mail tells. */
enum problem
sign_in_ask(struct request *req)
{
	const char *group = group_name(req), *browser, *ends;
	struct layout l;

	if (pages_has_faults(req))
		return show(req, group);
	browser = browser_of(req);
	sign_in_begin(req, browser, &ends);
	cookie_set(req, COOKIE_BROWSER, browser, SIGN_IN_SECONDS);
	l = pages_layout(req, NULL, NULL);
	layout_begin(&l, sign_in_texts[SIGN_IN_ASKED], group);
	layout_text(&l, sign_in_texts[SIGN_IN_ASKED_HINT]);
	layout_link(&l, pages_link(req, "%s", path_of(req)), sign_in_texts[SIGN_IN_AGAIN], "plain");
	layout_end(&l);
	return PROBLEM_NONE;
}

static struct rows *
find(struct request *req)
{
	struct rows *found;

	request_bind(req, "token_hash", person_token_hash(req, request_parameter(req, "code")));
	found = request_query(req, STATEMENT(SIGN_IN_FIND));
	if (rows_count(found) == 0)
		request_fail(req, PROBLEM_NOT_FOUND);
	req->reply.language = rows_text(found, 0, "language");
	return found;
}

enum problem
sign_in_link_show(struct request *req)
{
	struct rows *found = find(req);
	const char *path = arena_printf(req->arena, "/sign-in/%s", request_parameter(req, "code"));
	bool is_invitation = rows_text(found, 0, "is_invitation")[0] == 't';
	struct layout l = pages_layout(req, path, rows_text(found, 0, "language"));

	layout_begin(
	    &l, sign_in_texts[is_invitation ? SIGN_IN_INVITED : SIGN_IN_LINK_HEADING], NULL);
	layout_text(&l, sign_in_texts[is_invitation ? SIGN_IN_INVITED_HINT : SIGN_IN_LINK_HINT]);
	layout_deed(&l, pages_link(req, "%s", path), sign_in_texts[SIGN_IN_FOLLOW], "action");
	layout_end(&l);
	return PROBLEM_NONE;
}

enum problem
sign_in_link_follow(struct request *req)
{
	const char *secret;

	find(req);
	if (session_begin(req, request_parameter(req, "code"), cookie_get(req, COOKIE_BROWSER),
		&secret) == NULL)
		return PROBLEM_UNAUTHENTICATED;
	cookie_set(req, COOKIE_BROWSER, "", 0);
	cookie_set(req, COOKIE_SESSION, secret, SESSION_SECONDS);
	return pages_see(req, pages_link(req, "/leading"));
}
