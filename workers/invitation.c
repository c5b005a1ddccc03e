/* invitation.c: one event of one meeting, with those whom it is from and for. */
#include <string.h>

#include "core/calendar.h"
#include "workers/invitation.h"
#include "workers_sql.h"

bool
invitation_add(struct job *job, const struct rows *mail, struct letter *letter)
{
	const char *method = rows_text(mail, 0, "method");
	struct calendar calendar = {
		.base_url = job->config->base_url,
		.language = letter->language,
		.is_personal = true,
		.organizer = arena_printf(job->arena, "mailto:%s", letter->from.address.text),
	};
	struct rows *events;
	struct buffer out;

	if (method == NULL)
		return true;
	events = job_query(job, &statements[SQL_INVITATION_EVENTS_LIST],
	    (const char *const[]){
		rows_text(mail, 0, "_person"), rows_text(mail, 0, "meeting_id") });
	if (events == NULL)
		return false;
	calendar.method = letter->method = method;
	if (strcmp(method, "PUBLISH") != 0)
		calendar.attendee = arena_printf(job->arena, "mailto:%s", letter->to.text);
	buffer_init(&out, job->arena, 1024);
	calendar_write(&out, &calendar, events, CONTENT_ICS);
	letter->calendar = buffer_text(&out);
	return true;
}
