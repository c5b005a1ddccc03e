/* bounces.c: where mails come back to, and addresses that nothing is written to any more. */
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/envelope.h"
#include "core/suppression.h"
#include "workers/bounces.h"
#include "workers_sql.h"

#define SECOND 1000000

const char *
bounces_sender(struct job *job, const struct mailbox *from)
{
	const char *pattern = job->config->mail_bounce;
	struct envelope envelope = { .person = job->person, .sent = clock_now() / SECOND };

	if (pattern[0] == '\0' || job->person == NULL)
		return from->address.text;
	return envelope_sender(job->arena, pattern, &envelope, strtoull(job->id, NULL, 10));
}

enum job_result
bounces_check(struct job *job, const struct address *address, bool counts, bool *ret_may_go)
{
	struct rows *rows = job_query(job, &statements[SQL_MAIL_CHECK],
	    (const char *const[]){ job->id, job->fence, suppression_hash(job->arena, address),
		counts ? "t" : "f", job_now(job) });
	bool is_suppressed;

	if (rows == NULL)
		return JOB_RETRY;
	is_suppressed = rows_text(rows, 0, "is_suppressed")[0] == 't';
	if (is_suppressed)
		fprintf(
		    stderr, "runde-worker: job %s (mail): the address is suppressed\n", job->id);
	*ret_may_go = !is_suppressed && rows_text(rows, 0, "is_ours")[0] == 't';
	job->wait_until = rows_text(rows, 0, "wait_until");
	return job->wait_until == NULL ? JOB_DONE : JOB_WAITS;
}

enum job_result
bounces_suppress(struct job *job, const struct address *address, const char *status)
{
	return job_query(job, &statements[SQL_ADDRESS_SUPPRESS],
		   (const char *const[]){ job->person, suppression_hash(job->arena, address),
		       status, job_now(job) }) == NULL ?
	    JOB_RETRY :
	    JOB_DONE;
}
