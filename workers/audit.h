/* audit.h: the audit sealed, entry by entry. */
#ifndef WORKERS_AUDIT_H
#define WORKERS_AUDIT_H

#include "workers/job.h"

/*
 * Seals what was written since. Several may do so at once: they come to the same seals. It goes by
 * the ids of transactions: in a new cluster into which a dump was restored, nothing is sealed until
 * they have come beyond the old ones.
 */
job_function audit_job;

#endif
