/* horizon.c: series planned ahead by whoever has made many of them. */
#include "admin/horizon.h"
#include "admin_sql.h"
#include "core/planning.h"

#define BATCH 100

static void
must(const struct context *context, const char *script)
{
	struct db_error error;

	if (!db_script(context->db, script, &error))
		command_fail("%s", error.message);
}

/*
 * Each batch is a transaction, so that whoever writes a series never waits long, and several of us
 * can run side by side.
 */
static unsigned long
extend_some(struct context *context)
{
	const char *now = command_now(context);
	struct rows *due;

	must(context, "BEGIN");
	due = command_query(
	    context, &statements[SQL_SCHEDULES_DUE], (const char *const[]){ now, "100" });
	if (rows_count(due) > 0)
		command_query(context, &statements[SQL_SCHEDULES_EXTEND],
		    (const char *const[]){ planning_json(context->arena, due), now });
	must(context, "COMMIT");
	return rows_count(due);
}

/* What one batch needs is given back after it. */
unsigned long
horizon_extend(const struct context *context)
{
	struct context of_batch = *context;
	unsigned long count, done = 0;

	do {
		of_batch.arena = arena_new();
		count = extend_some(&of_batch);
		arena_free(of_batch.arena);
		done += count;
		command_progress("series", done, done + (count == BATCH));
	} while (count > 0);
	return done;
}
