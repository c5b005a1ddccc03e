/* migrate.c: forward only, one transaction each, never the same twice, never two at once. */
#include <stdio.h>
#include <string.h>

#include "admin/keys.h"
#include "admin/migrate.h"
#include "admin_sql.h"

static void
script(struct context *context, const char *name, const char *sql)
{
	struct db_error error;

	if (!db_script(context->db, sql, &error))
		command_fail("%s: %s", name, error.message);
}

/* What stands there must be what we have: a migration is never changed after it went out. */
static bool
is_applied(struct context *context, const struct migration *migration)
{
	const char *const values[] = { migration->name, migration->sql };
	struct rows *rows = command_query(context, &statements[SQL_MIGRATION_FIND], values);

	if (rows_count(rows) == 0)
		return false;
	if (strcmp(rows_text(rows, 0, "is_same"), "t") != 0)
		command_fail("%s was applied with another text", migration->name);
	return true;
}

static void
apply(struct context *context, const struct migration *migration)
{
	const char *const values[] = { migration->name, migration->sql, command_now(context) };

	printf("  %s\n", migration->name);
	script(context, migration->name, "BEGIN");
	script(context, migration->name, migration->sql);
	command_query(context, &statements[SQL_MIGRATION_RECORD], values);
	script(context, migration->name, "COMMIT");
}

int
migrate_run(struct context *context)
{
	command_query(context, &statements[SQL_MIGRATION_LOCK], NULL);
	command_query(context, &statements[SQL_MIGRATION_PREPARE], NULL);
	for (const struct migration *m = migrations; m->name != NULL; m++)
		if (!is_applied(context, m))
			apply(context, m);
	keys_begin(context);
	return 0;
}
