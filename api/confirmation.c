/* confirmation.c: the page on which somebody confirms their address. */
#include "api/confirmation_texts.h"
#include "api/handlers.h"
#include "api/person.h"
#include "api/visitor.h"
#include "api_sql.h"

/* Whose address it is; their language is that of the page. */
static struct rows *
find(struct request *req)
{
	const char *code = request_parameter(req, "code");
	struct rows *found;

	request_bind(req, "token_hash", person_token_hash(req, code));
	found = request_query(req, STATEMENT(CONFIRMATION_FIND));
	if (rows_count(found) == 0)
		request_fail(req, PROBLEM_NOT_FOUND);
	request_bind(req, "registration_id", rows_text(found, 0, "id"));
	req->reply.language = rows_text(found, 0, "language");
	return found;
}

enum problem
confirmation_show(struct request *req)
{
	struct rows *found = find(req);
	const char *path = arena_printf(req->arena, "/confirm/%s", request_parameter(req, "code"));
	struct layout l = pages_layout(req, path, rows_text(found, 0, "language"));

	layout_begin(&l, confirmation_texts[CONFIRMATION_HEADING], NULL);
	layout_text(&l, confirmation_texts[CONFIRMATION_HINT]);
	layout_deed(
	    &l, pages_link(req, "%s", path), confirmation_texts[CONFIRMATION_NOW], "action");
	layout_text(&l, confirmation_texts[CONFIRMATION_NOT_YOU]);
	layout_end(&l);
	return PROBLEM_NONE;
}

/* What was confirmed before is only shown again. */
enum problem
confirmation_redeem(struct request *req)
{
	struct rows *found = find(req);

	request_query(req, STATEMENT(REGISTRATION_CONFIRM));
	return pages_see(req,
	    pages_link(req, "%s",
		visitor_path(req, rows_text(found, 0, "id"), rows_text(found, 0, "links"))));
}
