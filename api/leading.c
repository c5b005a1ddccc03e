/* leading.c: the page on which a leader sees what comes next, and decides who takes part. */
#include <string.h>

#include "api/cookie.h"
#include "api/handlers.h"
#include "api/leading_texts.h"
#include "api/pages.h"
#include "api_sql.h"

static const char *
number_of(const struct rows *rows, size_t row, const char *column)
{
	const char *number = rows_text(rows, row, column);

	return number != NULL && strcmp(number, "0") != 0 ? number : NULL;
}

static void
write_meeting(const struct layout *l, const struct rows *meetings, size_t row)
{
	layout_heading(l, pages_moment(l, meetings, row, "starts"));
	if (rows_text(meetings, row, "is_off")[0] == 't')
		layout_text(l, leading_texts[LEADING_OFF]);
	layout_facts(l);
	layout_fact(l, leading_texts[LEADING_CONFIRMED], rows_text(meetings, row, "confirmed"));
	layout_fact(l, leading_texts[LEADING_REGULAR], number_of(meetings, row, "regular"));
	layout_fact(l, leading_texts[LEADING_OFFERED], number_of(meetings, row, "offered"));
	layout_fact(l, leading_texts[LEADING_WAITING], number_of(meetings, row, "waiting"));
	layout_fact(l, leading_texts[LEADING_CAPACITY], rows_text(meetings, row, "capacity"));
	layout_facts_end(l);
}

static void
write_meetings(struct request *req, const struct layout *l)
{
	struct rows *meetings = request_query(req, STATEMENT(LEADING_MEETINGS_LIST));

	layout_section(l, leading_texts[LEADING_MEETINGS], NULL);
	if (rows_count(meetings) == 0)
		layout_text(l, leading_texts[LEADING_NO_MEETINGS]);
	for (size_t row = 0; row < rows_count(meetings); row++)
		write_meeting(l, meetings, row);
	layout_section_end(l);
}

/* The form that was sent keeps what was typed in. */
static struct layout
form_of(struct request *req, const struct layout *l, const char *id)
{
	const char *sent = req->body == NULL ? NULL : request_parameter(req, "registration_id");
	struct layout form = *l;

	if (sent == NULL || strcmp(sent, id) != 0)
		form.typed = NULL;
	return form;
}

static void
write_applicant(struct request *req, const struct layout *l, const struct rows *rows, size_t row)
{
	const json_t *applicant = pages_object(req, rows, row);
	const char *id = json_string_value(json_object_get(applicant, "id"));
	const char *message = json_string_value(json_object_get(applicant, "message"));
	struct layout form = form_of(req, l, id);

	buffer_string(l->out, "<article>\n");
	layout_heading(l, json_string_value(json_object_get(applicant, "pseudonym")));
	layout_facts(l);
	layout_fact(l, leading_texts[LEADING_WANTS], pages_moment(l, rows, row, "_starts"));
	layout_facts_end(l);
	if (message != NULL)
		layout_quote(l, message);
	layout_deed(l, pages_link(req, "/leading/registrations/%s/admit", id),
	    leading_texts[LEADING_ADMIT], "action");
	layout_form(l, pages_link(req, "/leading/registrations/%s/reject", id));
	layout_area(&form,
	    &(struct field){
		.name = "reason",
		.id = form.typed != NULL ? "reason" : arena_printf(req->arena, "reason-%zu", row),
		.label = leading_texts[LEADING_REASON],
		.hint = leading_texts[LEADING_REASON_HINT],
		.most = 500,
		.is_needed = true,
	    });
	layout_button(l, leading_texts[LEADING_REJECT], "danger");
	layout_form_end(l);
	buffer_string(l->out, "</article>\n");
}

static void
write_applicants(struct request *req, const struct layout *l)
{
	struct rows *rows = request_query(req, STATEMENT(LEADING_APPLICANTS_LIST));

	layout_section(l, leading_texts[LEADING_APPLICANTS], NULL);
	layout_text(l,
	    leading_texts[rows_count(rows) == 0 ? LEADING_NO_APPLICANTS : LEADING_APPLICANTS_HINT]);
	for (size_t row = 0; row < rows_count(rows); row++)
		write_applicant(req, l, rows, row);
	layout_section_end(l);
}

enum problem
leading_show(struct request *req)
{
	struct rows *self = request_query(req, STATEMENT(LEADING_GET));
	struct layout l = pages_layout(req, "/leading", rows_text(self, 0, "language"));

	layout_begin(&l, leading_texts[LEADING_HEADING], rows_text(self, 0, "name"));
	write_meetings(req, &l);
	write_applicants(req, &l);
	layout_deed(&l, pages_link(req, "/leading/end"), leading_texts[LEADING_END], "");
	layout_end(&l);
	return PROBLEM_NONE;
}

enum problem
leading_admit(struct request *req)
{
	req->home = pages_link(req, "/leading");
	if (rows_count(request_query(req, STATEMENT(REGISTRATION_ADMIT))) == 0)
		return PROBLEM_NOT_FOUND;
	return pages_see(req, req->home);
}

enum problem
leading_reject(struct request *req)
{
	enum problem problem;

	req->home = pages_link(req, "/leading");
	if (pages_has_faults(req))
		return leading_show(req);
	problem = registration_reject(req);
	return problem == PROBLEM_NONE ? pages_see(req, req->home) : problem;
}

enum problem
leading_end(struct request *req)
{
	struct layout l;

	request_query(req, STATEMENT(SESSION_END));
	cookie_set(req, COOKIE_SESSION, "", 0);
	l = pages_layout(req, NULL, NULL);
	layout_begin(&l, leading_texts[LEADING_ENDED], NULL);
	layout_text(&l, leading_texts[LEADING_ENDED_HINT]);
	layout_end(&l);
	return PROBLEM_NONE;
}
