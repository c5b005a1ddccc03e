/* jobs.c: jobs listed, revived and dropped, and one put in to see whether anybody works. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "admin/jobs.h"
#include "admin_sql.h"
#include "core/buffer.h"
#include "core/clock.h"
#include "core/uuid.h"

#define PROBE_LIMIT_MS 10000

/* Between two looks whether the probe is gone. */
static const struct timespec moment = { .tv_nsec = 1000000 };

/* The ids among the arguments as an array literal; NULL if there are none. */
static const char *
ids_given(struct context *context)
{
	struct buffer array;
	int count = 0;

	buffer_init(&array, context->arena, 64);
	for (; count < context->argument_count; count++) {
		const char *id = context->arguments[count];

		if (strncmp(id, "--", 2) == 0)
			break;
		if (id[0] == '\0' || strlen(id) > 18 || id[strspn(id, "0123456789")] != '\0')
			command_fail("%s is not the id of a job: see runde jobs list", id);
		buffer_printf(&array, "%s%s", count == 0 ? "{" : ",", id);
	}
	buffer_string(&array, "}");
	return count == 0 ? NULL : buffer_text(&array);
}

static const char *
or_dash(const char *text)
{
	return text == NULL ? "-" : text;
}

int
jobs_list(struct context *context)
{
	struct rows *rows = command_query(context, &statements[SQL_JOBS_LIST],
	    (const char *const[]){ command_now(context), command_option(context, "--kind"),
		command_flag(context, "--dead") ? "true" : "false" });

	for (size_t i = 0; i < rows_count(rows); i++)
		printf("%8s  %-10s %-8s since %s  attempts %2s  %s\n", rows_text(rows, i, "id"),
		    rows_text(rows, i, "kind"), rows_text(rows, i, "state"),
		    rows_text(rows, i, "since"), rows_text(rows, i, "attempts"),
		    or_dash(rows_text(rows, i, "error")));
	return 0;
}

int
jobs_revive(struct context *context)
{
	const char *ids = ids_given(context), *kind = command_option(context, "--kind");
	bool is_all = command_flag(context, "--all");
	struct rows *rows;

	if ((ids != NULL) + (kind != NULL) + is_all != 1)
		command_fail("name jobs by their ids, or --kind K, or --all");
	rows = command_query(context, &statements[SQL_JOBS_REVIVE],
	    (const char *const[]){ command_now(context), ids, kind });
	command_query(context, &statements[SQL_JOBS_POKE], NULL);
	printf("%zu job(s) revived\n", rows_count(rows));
	return 0;
}

int
jobs_drop(struct context *context)
{
	const char *ids = ids_given(context), *kind = command_option(context, "--kind");
	struct rows *rows;

	if ((ids != NULL) + (kind != NULL) != 1 ||
	    (kind != NULL) != command_flag(context, "--dead"))
		command_fail("name jobs by their ids, or --kind K --dead");
	rows =
	    command_query(context, &statements[SQL_JOBS_DROP], (const char *const[]){ ids, kind });
	printf("%zu job(s) dropped\n", rows_count(rows));
	return 0;
}

/* Milliseconds until the probe was gone; the limit if it was not. */
static uint64_t
await_probe(const struct context *context, const char *id)
{
	const char *const values[] = { id };
	uint64_t began = clock_monotonic(), waited = 0;

	while (waited < PROBE_LIMIT_MS) {
		struct context of_look = *context;
		bool is_there;

		of_look.arena = arena_new();
		is_there =
		    rows_count(command_query(&of_look, &statements[SQL_JOB_FIND], values)) > 0;
		arena_free(of_look.arena);
		waited = clock_monotonic() - began;
		if (!is_there)
			return waited;
		nanosleep(&moment, NULL);
	}
	return PROBE_LIMIT_MS;
}

int
jobs_probe(struct context *context)
{
	struct rows *rows = command_query(context, &statements[SQL_PROBE_ADD],
	    (const char *const[]){ uuid_new(context->arena), command_now(context) });
	const char *id = rows_text(rows, 0, "id");
	uint64_t waited;

	command_query(context, &statements[SQL_JOBS_POKE], NULL);
	waited = await_probe(context, id);
	if (waited < PROBE_LIMIT_MS) {
		printf("done within %lu ms\n", (unsigned long)waited);
		return 0;
	}
	command_query(context, &statements[SQL_JOBS_DROP],
	    (const char *const[]){ arena_printf(context->arena, "{%s}", id), NULL });
	fputs("runde: no worker has done it within 10 s\n", stderr);
	return 1;
}
