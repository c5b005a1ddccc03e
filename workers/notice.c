/* notice.c: tells an organisation, at its public address, that a webhook of its is paused. */
#include "core/clock.h"
#include "workers/letter.h"
#include "workers/notice.h"
#include "workers/outlet.h"
#include "workers/templates.h"
#include "workers_sql.h"

#define LANGUAGE "de" /* nobody knows that of organisations */
#define LOOK_MS  500

static enum job_result
send(struct job *job, struct delivery *delivery)
{
	/* clang-format off */
	static const enum job_result results[] = {
		[OUTLET_SENT]    = JOB_DONE,
		[OUTLET_LATER]   = JOB_RETRY,
		[OUTLET_NEVER]   = JOB_DEAD,
		[OUTLET_UNKNOWN] = JOB_DEAD,
	};
	/* clang-format on */

	outlet_begin(job->arena, delivery);
	while (delivery->result == OUTLET_UNDER_WAY)
		outlet_wait(job->arena, LOOK_MS);
	job->error = delivery->error;
	return results[delivery->result];
}

static void
write_letter(struct job *job, const struct rows *rows, struct delivery *delivery)
{
	const struct template *template = template_find("webhook_paused", LANGUAGE);
	const struct fact facts[] = {
		{ "id", rows_text(rows, 0, "id") },
		{ "gone", rows_text(rows, 0, "gone") },
		{ "since", rows_text(rows, 0, "since") },
	};
	struct letter letter = {
		.id = job_name(job),
		.date = clock_now(),
		.to = delivery->recipient,
		.language = template->language,
		.subject = template->subject,
		.text = template_fill(job->arena, template->text, facts, 3),
		.base_url = job->config->base_url,
		.list = "notices",
	};

	address_read_mailbox(job->arena, job->config->mail_from, &letter.from);
	delivery->sender = letter.from.address.text;
	delivery->bytes = letter_write(job->arena, &letter, &delivery->length);
}

enum job_result
notice_job(struct job *job)
{
	struct rows *rows =
	    job_query(job, &statements[SQL_NOTICE_READ], (const char *const[]){ job->payload });
	struct delivery delivery = { .result = OUTLET_UNDER_WAY };

	if (rows == NULL)
		return JOB_RETRY;
	if (rows_count(rows) == 0 ||
	    !address_read(job->arena, rows_text(rows, 0, "email"), &delivery.recipient))
		return JOB_DONE;
	write_letter(job, rows, &delivery);
	return send(job, &delivery);
}
