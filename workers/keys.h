/* keys.h: public keys that clients publish themselves. */
#ifndef WORKERS_KEYS_H
#define WORKERS_KEYS_H

#include "workers/job.h"

/*
 * Fetches the keys of one client (RFC 7517), the job's key being its id. Those that are there
 * already stay until that works, for a day at most.
 */
job_function keys_job;

#endif
