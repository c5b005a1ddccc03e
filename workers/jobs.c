/* jobs.c: a batch of jobs done by their kinds, then forgotten, put off or given up. */
#include "workers/batch.h"
#include "workers/ending.h"
#include "workers/jobs.h"
#include "workers/kinds.h"

static void
run(struct batch *batch, struct job *job)
{
	job->arena = arena_new();
	batch_end(batch, job, job->kind->run(job));
	arena_free(job->arena);
}

size_t
jobs_run(struct db *db, const struct config *config)
{
	struct arena *arena = arena_new();
	struct batch batch;

	batch_claim(&batch, arena, db, config);
	for (size_t i = 0; i < batch.count && db_is_alive(db) && !ending_is_told(0); i++) {
		struct job *job = &batch.jobs[i];

		batch_renew(&batch);
		if (job->fate == OPEN && job->kind->run_all != NULL)
			job->kind->run_all(&batch, job->kind);
		else if (job->fate == OPEN)
			run(&batch, job);
	}
	if (db_is_alive(db)) {
		batch_settle(&batch);
		batch_return(&batch);
	}
	arena_free(arena);
	return batch.count;
}
