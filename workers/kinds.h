/* kinds.h: the kinds of jobs, in one table. */
#ifndef WORKERS_KINDS_H
#define WORKERS_KINDS_H

#include "workers/job.h"

struct kind {
	const char *name;
	job_function *run;
	unsigned attempts;      /* the wait after attempt n is about n^4 seconds */
	unsigned lease_seconds; /* how soon somebody else takes up what we did not finish */
};

enum { KIND_COUNT = 1 };

extern const struct kind kinds[KIND_COUNT];

#endif
