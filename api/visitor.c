/* visitor.c: who comes by a link out of a mail. */
#include <stdlib.h>
#include <string.h>

#include "api/pages_texts.h"
#include "api/visitor.h"
#include "api_sql.h"

/* A leader's link is good for what any person may do: to lead, they sign in. */
static void
become(struct request *req, const struct rows *found)
{
	req->caller.kind = CALLER_PERSON;
	req->caller.person_id = rows_text(found, 0, "id");
	req->caller.group_id = rows_text(found, 0, "group_id");
	request_bind(req, "registration_id", req->caller.person_id);
	request_bind(req, "message_id", req->caller.person_id);
	request_bind(req, "group_id", req->caller.group_id);
}

struct visitor
visitor_open(struct request *req, enum link_purpose purpose)
{
	const char *token = request_parameter(req, "link");
	struct link link;
	struct rows *found;

	if (!link_read(req->arena, purpose, token, &link))
		request_fail(req, PROBLEM_NOT_FOUND);
	request_bind(req, "link_person", link.person);
	request_bind(req, "links", arena_printf(req->arena, "%u", link.generation));
	found = request_query(req, STATEMENT(LINK_GET));
	if (rows_count(found) == 0)
		request_fail(req, PROBLEM_NOT_FOUND);
	become(req, found);
	req->home = pages_link(req, "%s%s", link_path(purpose), token);
	req->reply.language = rows_text(found, 0, "language");
	return (struct visitor){
		.id = req->caller.person_id,
		.role = rows_text(found, 0, "role"),
		.language = rows_text(found, 0, "language"),
		.mails = rows_text(found, 0, "mails"),
		.is_suppressed = rows_text(found, 0, "is_suppressed")[0] == 't',
		.path = arena_printf(req->arena, "%s%s", link_path(purpose), token),
	};
}

void
visitor_warn(const struct visitor *visitor, const struct layout *l)
{
	if (!visitor->is_suppressed)
		return;
	layout_section(l, pages_texts[PAGES_SUPPRESSED], "notice");
	layout_text(l, pages_texts[PAGES_SUPPRESSED_HINT]);
	layout_section_end(l);
}

const char *
visitor_path(struct request *req, const char *person, const char *links)
{
	return arena_printf(req->arena, "%s%s", link_path(LINK_PERSON),
	    link_token(req->arena, LINK_PERSON, person, (unsigned)strtoul(links, NULL, 10)));
}
