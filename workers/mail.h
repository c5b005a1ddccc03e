/* mail.h: one mail to one person: whom it goes to, and what it says. */
#ifndef WORKERS_MAIL_H
#define WORKERS_MAIL_H

#include "workers/job.h"
#include "workers/outlet.h"

/*
 * payload of a job of the kind `mail`: {"template": a name of workers/templates, …}; the rest is
 * for mail_facts, which says in the database what the mail tells: {"when", "until": instants,
 * "zone": of both, "text": plain, or "sealed": {"person", "row", "column", "value"}: a text that is
 * sealed}. Where it says NULL, the mail makes no sense any more, and nothing is sent.
 *
 * All of these take one row of mails_read as facts, and are JOB_GOES_ON if the mail is to be sent.
 */

/* Whether there is anything to write, and whether now. */
enum job_result mail_look(struct job *job, const struct rows *facts);

/* Whom it goes to. */
enum job_result mail_address(
    struct job *job, const struct rows *facts, struct address *ret_address);

/* Whether it is among those that nobody gets too many of. */
bool mail_counts(const struct rows *facts);

/*
 * If it carries a token, stores the hash of that first, as long as the job is still ours; then
 * writes it.
 */
enum job_result mail_write(struct job *job, const struct rows *facts, const struct address *address,
    struct delivery *ret_delivery);

/* What becomes of the job of a mail that was handed over, or not. */
enum job_result mail_end(struct job *job, const struct delivery *delivery);

#endif
