/* sweeps.c: what is done again and again, whether there are jobs or not. */
#include <stdio.h>

#include "core/clock.h"
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
	{ "sweep", SQL_SWEEP, 1   },
	{ "purge", SQL_PURGE, 600 },
};
/* clang-format on */

/* What says that there is more of it to do is due again at once. */
static bool
run(struct sweep *sweep, struct db *db, struct db_error *ret_error)
{
	struct arena *arena = arena_new();
	char now[CLOCK_TEXT_SIZE];
	const char *again;
	struct rows *rows;

	clock_text(clock_now(), now);
	rows = db_query(
	    db, arena, &statements[sweep->statement], (const char *const[]){ now }, ret_error);
	again = rows == NULL ? NULL : rows_text(rows, 0, "again");
	if (again != NULL && again[0] == 't')
		sweep->due = 0;
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
			fprintf(stderr, "runde-worker: the %s fails: %s\n", sweep->name,
			    error.sqlstate);
	}
}
