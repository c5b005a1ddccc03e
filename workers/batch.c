/* batch.c: a batch of jobs claimed, renewed, settled and given back, each by one statement. */
#include <stdio.h>

#include "core/buffer.h"
#include "core/clock.h"
#include "workers/batch.h"
#include "workers/kinds.h"
#include "workers_sql.h"

/* Only the name and SQLSTATE of what failed: PostgreSQL's messages quote values. */
static struct rows *
query(struct batch *batch, enum sql name, const char *const *values)
{
	const struct statement *statement = &statements[name];
	struct db_error error;
	struct rows *rows = db_query(batch->db, batch->arena, statement, values, &error);

	if (rows == NULL)
		fprintf(stderr, "runde-worker: %s: %s\n", statement->name,
		    error.sqlstate[0] == '\0' ? "the connection is lost" : error.sqlstate);
	return rows;
}

static const char *
id_of(const struct job *job)
{
	return job->id;
}

static const char *
fence_of(const struct job *job)
{
	return job->fence;
}

static const char *
wait_of(const struct job *job)
{
	return job->wait_until;
}

/* What they have of that, as an array literal, of all with this fate. */
static const char *
array_of(const struct batch *batch, enum fate fate, const char *(*value_of)(const struct job *))
{
	const char *separator = "{";
	struct buffer array;

	buffer_init(&array, batch->arena, 16 * batch->count + 3);
	for (size_t i = 0; i < batch->count; i++) {
		if (batch->jobs[i].fate != fate)
			continue;
		buffer_printf(&array, "%s\"%s\"", separator, value_of(&batch->jobs[i]));
		separator = ",";
	}
	buffer_string(&array, *separator == '{' ? "{}" : "}");
	return buffer_text(&array);
}

static size_t
count_of(const struct batch *batch, enum fate fate)
{
	size_t count = 0;

	for (size_t i = 0; i < batch->count; i++)
		count += batch->jobs[i].fate == fate;
	return count;
}

static void
leave(struct batch *batch, enum fate fate)
{
	for (size_t i = 0; i < batch->count; i++)
		if (batch->jobs[i].fate == fate)
			batch->jobs[i].fate = LEFT;
}

void
batch_claim(struct batch *batch, struct arena *arena, struct db *db, const struct config *config)
{
	struct rows *rows;

	*batch =
	    (struct batch){ .arena = arena, .db = db, .config = config, .leased_at = clock_now() };
	rows = query(batch, SQL_JOB_CLAIM,
	    (const char *const[]){ kinds_json(arena), clock_text(arena, clock_now()) });
	batch->count = rows == NULL ? 0 : rows_count(rows);
	batch->jobs = arena_alloc(arena, (batch->count + 1) * sizeof(*batch->jobs));
	for (size_t row = 0; row < batch->count; row++)
		batch->jobs[row] = (struct job){
			.arena = arena,
			.db = db,
			.config = config,
			.kind = kind_find(rows_text(rows, row, "kind")),
			.id = rows_text(rows, row, "id"),
			.created = rows_text(rows, row, "created"),
			.key = rows_text(rows, row, "key"),
			.fence = rows_text(rows, row, "fence"),
			.person = rows_text(rows, row, "person_id"),
			.payload = rows_text(rows, row, "payload"),
		};
}

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

void
batch_end(struct batch *batch, struct job *job, enum job_result result)
{
	/* clang-format off */
	static const enum fate fates[] = {
		[JOB_DONE] = DONE, [JOB_RETRY] = LEFT, [JOB_DEAD] = LEFT, [JOB_WAITS] = LATER,
		[JOB_GOES_ON] = OPEN,
	};
	/* clang-format on */

	job->fate = fates[result];
	if (result == JOB_DONE && batch->done_at == 0)
		batch->done_at = clock_monotonic();
	if (job->fate == LATER)
		job->wait_until = arena_strdup(batch->arena, job->wait_until);
	if (job->fate == LEFT)
		put_off(job, result == JOB_DEAD ? 0 : job->kind->attempts);
}

/*
 * Whatever is not forgotten now is done again, when its lease has run out. Who has lost against
 * somebody else who locks some of them tries once more.
 */
static void
forget(struct batch *batch)
{
	const char *const values[] = { array_of(batch, DONE, id_of),
		array_of(batch, DONE, fence_of) };

	if (query(batch, SQL_JOBS_DONE, values) == NULL && db_is_alive(batch->db))
		query(batch, SQL_JOBS_DONE, values);
	leave(batch, DONE);
	batch->done_at = 0;
}

static void
let_wait(struct batch *batch)
{
	query(batch, SQL_JOBS_WAIT,
	    (const char *const[]){ array_of(batch, LATER, id_of), array_of(batch, LATER, fence_of),
		array_of(batch, LATER, wait_of) });
	leave(batch, LATER);
}

void
batch_settle(struct batch *batch)
{
	if (count_of(batch, DONE) > 0)
		forget(batch);
	if (count_of(batch, LATER) > 0)
		let_wait(batch);
}

unsigned
batch_settle_after(struct batch *batch, unsigned milliseconds, unsigned otherwise)
{
	uint64_t since = batch->done_at == 0 ? 0 : clock_monotonic() - batch->done_at;

	if (batch->done_at == 0)
		return otherwise;
	if (since < milliseconds)
		return milliseconds - (unsigned)since;
	batch_settle(batch);
	return otherwise;
}

static bool
is_time_to_renew(const struct batch *batch)
{
	int64_t since = clock_now() - batch->leased_at;

	return since < 0 || since >= kinds_shortest_lease() / 2;
}

void
batch_renew(struct batch *batch)
{
	struct rows *renewed;
	size_t row = 0;

	if (!is_time_to_renew(batch))
		return;
	batch_settle(batch);
	batch->leased_at = clock_now();
	renewed = query(batch, SQL_JOBS_RENEW,
	    (const char *const[]){ array_of(batch, OPEN, id_of), array_of(batch, OPEN, fence_of),
		clock_text(batch->arena, clock_now()), kinds_json(batch->arena) });
	if (renewed == NULL)
		leave(batch, OPEN);
	for (size_t i = 0; i < batch->count; i++)
		if (batch->jobs[i].fate == OPEN && rows_text(renewed, row++, "is_ours")[0] == 'f')
			batch->jobs[i].fate = LEFT;
}

void
batch_return(struct batch *batch)
{
	if (count_of(batch, OPEN) == 0)
		return;
	query(batch, SQL_JOBS_RETURN,
	    (const char *const[]){ array_of(batch, OPEN, id_of), array_of(batch, OPEN, fence_of) });
	leave(batch, OPEN);
}
