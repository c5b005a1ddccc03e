/* sweeps.c: what is due in time, looked for again and again, and made into jobs. */
#include <stdio.h>

#include "core/clock.h"
#include "workers/kinds.h"
#include "workers/sweeps.h"
#include "workers_sql.h"

/* name, statement, every how many seconds */
/* clang-format off */
static struct sweep {
	const char *name;
	enum sql statement;
	unsigned seconds;
	uint64_t due;    /* by the clock that no test moves */
	bool is_failing; /* and was named */
} sweeps[] = {
	{ "series",     SQL_SWEEP_SERIES,      1 },
	{ "recoveries", SQL_SWEEP_RECOVERIES,  1 },
	{ "messages",   SQL_SWEEP_MESSAGES,    1 },
	{ "timetable",  SQL_SWEEP_TIMETABLE,   1 },
	{ "stepped",    SQL_SWEEP_STEPPED,    10 },
	{ "reminders",  SQL_SWEEP_REMINDERS,   5 },
	{ "unknown",    SQL_SWEEP_UNKNOWN,    60 },
};
/* clang-format on */

static bool
run(const struct sweep *sweep, struct db *db, struct db_error *ret_error)
{
	struct arena *arena = arena_new();
	const char *now = clock_text(arena, clock_now());
	struct rows *rows;

	rows = db_query(db, arena, &statements[sweep->statement],
	    (const char *const[]){ now, kinds_json(arena) }, ret_error);
	arena_free(arena);
	return rows != NULL;
}

void
sweeps_run(struct db *db)
{
	struct db_error error;

	for (size_t i = 0; i < sizeof(sweeps) / sizeof(sweeps[0]); i++) {
		struct sweep *sweep = &sweeps[i];
		bool was_failing = sweep->is_failing;

		if (clock_monotonic() < sweep->due)
			continue;
		sweep->due = clock_monotonic() + (uint64_t)sweep->seconds * 1000;
		sweep->is_failing = !run(sweep, db, &error);
		if (sweep->is_failing && !was_failing)
			fprintf(stderr, "runde-worker: the sweep of %s fails: %s\n", sweep->name,
			    error.sqlstate);
	}
}
