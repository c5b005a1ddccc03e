/* audit.h: the audit sealed, entry by entry. */
#ifndef WORKERS_AUDIT_H
#define WORKERS_AUDIT_H

#include "workers/job.h"

/* Seals what was written since. Several may do so at once: they come to the same seals. */
job_function audit_job;

#endif
