/* horizon.c: meetings planned ahead, and kept at the times that clocks show. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "admin/horizon.h"
#include "admin/zone_data.h"
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

static void
keep(struct context *context)
{
	unsigned long extended = horizon_extend(context);
	struct rows *rows;

	zone_data_check(context);
	rows = command_query(context, &statements[SQL_MEETINGS_FOLLOW_CLOCKS],
	    (const char *const[]){ command_now(context) });

	printf("%lu series planned further, %s meetings follow changed clocks\n", extended,
	    rows_text(rows, 0, "corrected"));
	fflush(stdout);
}

/* With each round a connection of its own: a server process keeps the zones that it has read. */
static void
keep_anew(struct context *context)
{
	struct context of_round = *context;
	const char *error;

	of_round.arena = arena_new();
	of_round.db = db_open(of_round.arena, context->config->database, &error);
	if (of_round.db == NULL)
		fprintf(stderr, "runde: %s\n", error);
	else
		keep(&of_round);
	arena_free(of_round.arena);
}

int
horizon_run(struct context *context)
{
	const char *every = command_option(context, "--every");
	unsigned hours = every == NULL ? 0 : (unsigned)strtoul(every, NULL, 10);

	if (every != NULL && (hours == 0 || hours > 168))
		command_fail("--every takes a number of hours from 1 to 168");
	keep(context);
	if (hours == 0)
		return 0;
	for (;;) {
		sleep(hours * 3600);
		keep_anew(context);
	}
}
