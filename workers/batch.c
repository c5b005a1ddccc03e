/* batch.c: a batch of jobs claimed, renewed, settled and given back, each by one statement. */
#include <stdio.h>

#include "core/buffer.h"
#include "core/clock.h"
#include "workers/batch.h"
#include "workers/kinds.h"
#include "workers_sql.h"

static const char *
now_text(struct arena *arena)
{
	char *text = arena_alloc(arena, CLOCK_TEXT_SIZE);

	clock_text(clock_now(), text);
	return text;
}

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

static size_t
count_of(const struct batch *batch, enum fate fate)
{
	size_t count = 0;

	for (size_t i = 0; i < batch->count; i++)
		count += batch->fates[i] == fate;
	return count;
}

/* A column of those with this fate, as an array literal. */
static const char *
array_of(const struct batch *batch, enum fate fate, const char *name)
{
	size_t column = rows_column(batch->claimed, name), length;
	const char *separator = "{";
	struct buffer array;

	buffer_init(&array, batch->arena, 16 * batch->count + 2);
	for (size_t i = 0; i < batch->count; i++) {
		if (batch->fates[i] != fate)
			continue;
		buffer_string(&array, separator);
		buffer_string(&array, rows_value(batch->claimed, i, column, &length));
		separator = ",";
	}
	buffer_string(&array, "}");
	return buffer_text(&array);
}

static void
leave(struct batch *batch, enum fate fate)
{
	for (size_t i = 0; i < batch->count; i++)
		if (batch->fates[i] == fate)
			batch->fates[i] = LEFT;
}

void
batch_claim(struct batch *batch, struct arena *arena, struct db *db)
{
	*batch = (struct batch){ .arena = arena, .db = db, .leased_at = clock_now() };
	batch->claimed = query(
	    batch, SQL_JOB_CLAIM, (const char *const[]){ kinds_json(arena), now_text(arena) });
	batch->count = batch->claimed == NULL ? 0 : rows_count(batch->claimed);
	batch->fates = arena_alloc(arena, (batch->count + 1) * sizeof(*batch->fates));
}

/* Whatever is not forgotten now is done again, when its lease has run out. */
void
batch_settle(struct batch *batch)
{
	if (count_of(batch, DONE) == 0)
		return;
	query(batch, SQL_JOBS_DONE,
	    (const char *const[]){ array_of(batch, DONE, "id"), array_of(batch, DONE, "fence") });
	leave(batch, DONE);
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
	    (const char *const[]){ array_of(batch, WAITING, "id"),
		array_of(batch, WAITING, "fence"), now_text(batch->arena),
		kinds_json(batch->arena) });
	if (renewed == NULL)
		leave(batch, WAITING);
	for (size_t i = 0; i < batch->count; i++)
		if (batch->fates[i] == WAITING && rows_text(renewed, row++, "is_ours")[0] == 'f')
			batch->fates[i] = LEFT;
}

void
batch_return(struct batch *batch)
{
	if (count_of(batch, WAITING) == 0)
		return;
	query(batch, SQL_JOBS_RETURN,
	    (const char *const[]){
		array_of(batch, WAITING, "id"), array_of(batch, WAITING, "fence") });
	leave(batch, WAITING);
}
