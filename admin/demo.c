/* demo.c: demonstration data, by statements. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/demo.h"
#include "admin/horizon.h"
#include "admin_sql.h"

#define BATCH 2000

/* Every group gets a series, which is planned at once. */
static void
let_them_meet(struct context *context, bool few)
{
	command_query(context, &statements[SQL_DEMO_MEETINGS],
	    (const char *const[]){ command_now(context), few ? "true" : "false" });
	printf("%lu series of meetings planned\n", horizon_extend(context));
}

static int
demo_many(struct context *context, unsigned long total)
{
	for (unsigned long done = 0; done < total; done += BATCH) {
		unsigned long count = total - done < BATCH ? total - done : BATCH;

		command_query(context, &statements[SQL_DEMO_GROUPS],
		    (const char *const[]){ command_now(context),
			arena_printf(context->arena, "%lu", done),
			arena_printf(context->arena, "%lu", count) });
		command_progress("groups", done + count, total);
	}
	let_them_meet(context, false);
	printf("%lu groups made\n", total);
	return 0;
}

int
demo_run(struct context *context)
{
	const char *groups = command_option(context, "--groups");
	bool is_number = groups != NULL && groups[strspn(groups, "0123456789")] == '\0';
	unsigned long total = is_number ? strtoul(groups, NULL, 10) : 0;
	struct rows *rows;

	if (groups != NULL && (total == 0 || total > 10000000))
		command_fail("--groups takes a number from 1 to 10000000");
	command_query(context, &statements[SQL_DEMO_ORGANISATIONS],
	    (const char *const[]){ command_now(context) });
	if (groups != NULL)
		return demo_many(context, total);
	rows = command_query(
	    context, &statements[SQL_DEMO_FEW], (const char *const[]){ command_now(context) });
	let_them_meet(context, true);
	printf("%s groups loaded\n", rows_text(rows, 0, "groups"));
	return 0;
}
