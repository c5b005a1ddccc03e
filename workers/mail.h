/* mail.h: the kind `mail`: one mail to one person. */
#ifndef WORKERS_MAIL_H
#define WORKERS_MAIL_H

#include "workers/job.h"

/*
 * payload: {"template": a name of workers/templates, …}; the rest is for mail_facts, which says in
 * the database what the mail tells: {"when", "until": instants, "zone": of both, "text": plain, or
 * "sealed": {"person", "row", "column", "value"}: a text that is sealed}. Where it says NULL, the
 * mail makes no sense any more, and nothing is sent.
 */
job_function mail_job;

#endif
