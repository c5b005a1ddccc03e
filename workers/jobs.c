/* jobs.c: jobs claimed in batches, done by their kinds, then forgotten, put off or given up. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/clock.h"
#include "workers/jobs.h"
#include "workers/kinds.h"
#include "workers_sql.h"

#define BATCH "50"

/* {"mail": 10, …} */
static const char *
leases(struct arena *arena)
{
	struct buffer text;

	buffer_init(&text, arena, 64);
	for (size_t i = 0; i < KIND_COUNT; i++)
		buffer_printf(&text, "%s\"%s\": %u", i == 0 ? "{" : ", ", kinds[i].name,
		    kinds[i].lease_seconds);
	buffer_string(&text, "}");
	return buffer_text(&text);
}

static const struct kind *
kind_of(const struct job *job)
{
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (strcmp(kinds[i].name, job->kind) == 0)
			return &kinds[i];
	return NULL;
}

static enum job_result
unknown_kind(struct job *job)
{
	job->error = arena_printf(job->arena, "nobody here does jobs of the kind %s", job->kind);
	return JOB_DEAD;
}

static void
put_off(struct job *job, unsigned attempts)
{
	const char *limit = arena_printf(job->arena, "%u", attempts), *error = job->error;
	struct rows *rows = job_query(job, &statements[SQL_JOB_FAIL],
	    (const char *const[]){ error, job_now(job), limit, job->id, job->fence });
	bool is_dead =
	    rows != NULL && rows_count(rows) > 0 && rows_text(rows, 0, "is_dead")[0] == 't';

	fprintf(stderr, "runde-worker: job %s (%s): %s; %s\n", job->id, job->kind, error,
	    is_dead ? "given up" : "later again");
}

static void
run(struct job *job)
{
	const struct kind *kind = kind_of(job);
	enum job_result result = kind == NULL ? unknown_kind(job) : kind->run(job);

	if (result != JOB_DONE)
		put_off(job, result == JOB_DEAD ? 0 : kind->attempts);
	else if (job_query(job, &statements[SQL_JOB_DONE],
		     (const char *const[]){ job->id, job->fence }) == NULL)
		fprintf(stderr, "runde-worker: job %s (%s): done, but %s\n", job->id, job->kind,
		    job->error);
}

/* A job whose lease ran out while others were done before it is for whoever claims it next. */
static void
run_claimed(struct db *db, const struct config *config, const struct rows *claimed, size_t row)
{
	struct job job = {
		.db = db,
		.config = config,
		.id = rows_text(claimed, row, "id"),
		.created = rows_text(claimed, row, "created"),
		.kind = rows_text(claimed, row, "kind"),
		.fence = rows_text(claimed, row, "fence"),
		.person = rows_text(claimed, row, "person_id"),
		.payload = rows_text(claimed, row, "payload"),
	};

	if (clock_now() >= strtoll(rows_text(claimed, row, "lease_until"), NULL, 10))
		return;
	job.arena = arena_new();
	run(&job);
	arena_free(job.arena);
}

size_t
jobs_run(struct db *db, const struct config *config)
{
	struct job claim = { .arena = arena_new(), .db = db };
	struct rows *claimed = job_query(&claim, &statements[SQL_JOB_CLAIM],
	    (const char *const[]){ job_now(&claim), BATCH, leases(claim.arena) });
	size_t count = claimed == NULL ? 0 : rows_count(claimed);

	if (claimed == NULL)
		fprintf(stderr, "runde-worker: %s\n", claim.error);
	for (size_t i = 0; i < count && db_is_alive(db); i++)
		run_claimed(db, config, claimed, i);
	arena_free(claim.arena);
	return count;
}

struct rows *
job_query(struct job *job, const struct statement *statement, const char *const *values)
{
	struct db_error error;
	struct rows *rows = db_query(job->db, job->arena, statement, values, &error);

	if (rows == NULL)
		job->error = arena_printf(job->arena, "%s: %s", statement->name,
		    error.sqlstate[0] == '\0' ? "the connection is lost" : error.sqlstate);
	return rows;
}

const char *
job_now(struct job *job)
{
	char *text = arena_alloc(job->arena, CLOCK_TEXT_SIZE);

	clock_text(clock_now(), text);
	return text;
}
