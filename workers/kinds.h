/* kinds.h: the kinds of jobs, in one table. */
#ifndef WORKERS_KINDS_H
#define WORKERS_KINDS_H

#include <stdint.h>

#include "workers/job.h"

/*
 * When a job that was done is forgotten. What has an effect outside of the database is forgotten at
 * once, for it would be felt twice.
 */
enum settling { AT_ONCE, TOGETHER };

struct kind {
	const char *name;
	job_function *run;
	unsigned attempts;      /* the wait after attempt n is about n^4 seconds */
	unsigned lease_seconds; /* how soon somebody else takes up what we did not finish */
	unsigned batch;         /* how many one worker takes at once */
	enum settling settling;
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
