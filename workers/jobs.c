/* jobs.c: a batch of jobs done by their kinds, then forgotten, put off or given up. */
#include <stdio.h>

#include "workers/batch.h"
#include "workers/ending.h"
#include "workers/jobs.h"
#include "workers/kinds.h"
#include "workers_sql.h"

static void
put_off(struct job *job, unsigned attempts)
{
	const char *limit = arena_printf(job->arena, "%u", attempts), *error = job->error;
	struct rows *rows = job_query(job, &statements[SQL_JOB_FAIL],
	    (const char *const[]){ error, job_now(job), limit, job->id, job->fence });
	bool is_dead =
	    rows != NULL && rows_count(rows) > 0 && rows_text(rows, 0, "is_dead")[0] == 't';

	fprintf(stderr, "runde-worker: job %s (%s): %s; %s\n", job->id, job->kind->name, error,
	    is_dead ? "given up" : "later again");
}

static void
let_wait(struct job *job)
{
	job_query(job, &statements[SQL_JOB_WAIT],
	    (const char *const[]){ job->wait_until, job->id, job->fence });
}

static enum fate
run(struct job *job)
{
	enum job_result result = job->kind->run(job);

	if (result == JOB_DONE)
		return DONE;
	if (result == JOB_WAITS)
		let_wait(job);
	else
		put_off(job, result == JOB_DEAD ? 0 : job->kind->attempts);
	return LEFT;
}

static void
run_claimed(struct batch *batch, const struct config *config, size_t row)
{
	const struct rows *claimed = batch->claimed;
	struct job job = {
		.arena = arena_new(),
		.db = batch->db,
		.config = config,
		.kind = kind_find(rows_text(claimed, row, "kind")),
		.id = rows_text(claimed, row, "id"),
		.created = rows_text(claimed, row, "created"),
		.key = rows_text(claimed, row, "key"),
		.fence = rows_text(claimed, row, "fence"),
		.person = rows_text(claimed, row, "person_id"),
		.payload = rows_text(claimed, row, "payload"),
	};

	batch->fates[row] = run(&job);
	if (job.kind->settling == AT_ONCE)
		batch_settle(batch);
	arena_free(job.arena);
}

size_t
jobs_run(struct db *db, const struct config *config)
{
	struct arena *arena = arena_new();
	struct batch batch;

	batch_claim(&batch, arena, db);
	for (size_t i = 0; i < batch.count && db_is_alive(db) && !ending_is_told(0); i++) {
		batch_renew(&batch);
		if (batch.fates[i] == WAITING)
			run_claimed(&batch, config, i);
	}
	if (db_is_alive(db)) {
		batch_settle(&batch);
		batch_return(&batch);
	}
	arena_free(arena);
	return batch.count;
}
