/* audit.h: the audit sealed, entry by entry. */
#ifndef WORKERS_AUDIT_H
#define WORKERS_AUDIT_H

#include "workers/job.h"

/*
 * Seals what was written since. Several may do so at once: they come to the same seals. It goes by
 * the ids of transactions: in a new cluster into which a dump was restored they must go on beyond
 * the old ones (pg_resetwal), or nothing that is written there is sealed.
 */
job_function audit_job;

#endif
