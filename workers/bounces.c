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
bounces_suppress(struct job *job, const struct address *address, const char *status)
{
	return job_query(job, &statements[SQL_ADDRESS_SUPPRESS],
		   (const char *const[]){ job->person, suppression_hash(job->arena, address),
		       status, job_now(job) }) == NULL ?
	    JOB_RETRY :
	    JOB_DONE;
}
