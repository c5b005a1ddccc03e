/* bounces.h: where bounces go, and to whom nothing is written any more. */
#ifndef WORKERS_BOUNCES_H
#define WORKERS_BOUNCES_H

#include "core/address.h"
#include "workers/job.h"

/*
 * The sender of the envelope of a job's mail: RUNDE_MAIL_BOUNCE with a token (see envelope.h), or
 * else the address that mails are from.
 */
const char *bounces_sender(struct job *job, const struct mailbox *from);

/* From now on nothing is written to the address; status: the codes of the server ("550 5.1.1"). */
enum job_result bounces_suppress(
    struct job *job, const struct address *address, const char *status);

#endif
