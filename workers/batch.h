/* batch.h: jobs claimed together, and what becomes of each of them. */
#ifndef WORKERS_BATCH_H
#define WORKERS_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "workers/job.h"

struct batch {
	struct arena *arena;
	struct db *db;
	const struct config *config;
	struct job *jobs;
	size_t count;
	int64_t leased_at;
	uint64_t done_at; /* when the first was done that is to be forgotten; 0: none is */
};

/*
 * Claims what is due; the claim is committed. An empty batch if nothing is, or if that fails.
 * Leases go by the clock of whoever claims: clocks of several machines may differ by a few seconds.
 */
void batch_claim(
    struct batch *batch, struct arena *arena, struct db *db, const struct config *config);

/* What failed is put off at once, or given up; what was done, or waits, is settled later. */
void batch_end(struct batch *batch, struct job *job, enum job_result result);

/* Forgets in one statement all that was done, and puts off in another what waits. */
void batch_settle(struct batch *batch);

/*
 * The same, once so many milliseconds have passed since the first was done. Returns how many are
 * left, or otherwise if there is nothing to forget.
 */
unsigned batch_settle_after(struct batch *batch, unsigned milliseconds, unsigned otherwise);

/*
 * Once half of a lease is over: begins those of all that are open anew, and finds out which are
 * still ours. A slow batch loses nothing to others.
 */
void batch_renew(struct batch *batch);

/* Gives back all that are open, for others to do at once; the attempt does not count. */
void batch_return(struct batch *batch);

#endif
