/* kinds.h: the kinds of jobs, in one table. */
#ifndef WORKERS_KINDS_H
#define WORKERS_KINDS_H

#include <stdint.h>

#include "workers/job.h"

struct batch;

/* Does all the jobs of its kind in a batch; see batch_end. */
typedef void jobs_function(struct batch *batch, const struct kind *kind);

struct kind {
	const char *name;
	job_function *run;      /* does one, */
	jobs_function *run_all; /* or all of a batch */
	unsigned attempts;      /* the wait after attempt n is about n^4 seconds */
	unsigned lease_seconds; /* how soon somebody else takes up what we did not finish */
	unsigned batch;         /* how many one worker takes at once */
	const struct statement *statement; /* of job_by_statement */
};

extern const struct kind kinds[];
extern const size_t kind_count;

/* The kind of that name, or NULL. */
const struct kind *kind_find(const char *name);

/* The shortest of all leases, in microseconds. */
int64_t kinds_shortest_lease(void);

/* What statements want to know of all kinds: [{"kind", "lease": in seconds, "batch"}]. */
const char *kinds_json(struct arena *arena);

#endif
