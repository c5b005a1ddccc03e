/* imports.c: hands a feed to the database, and prints what it found there. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/horizon.h"
#include "admin/imports.h"
#include "admin_sql.h"
#include "core/buffer.h"

#define FEED_MAX  ((size_t)64 * 1024 * 1024)
#define FEED_STEP ((size_t)1024 * 1024)

/* What is wrong with what was asked for, by where the API would point to. */
/* clang-format off */
static const struct {
	const char *pointer;
	const char *sentence;
} faults[] = {
	{ "/organisation_id",    "--organisation must be the id of an organisation"                   },
	{ "/settings/topic_ids", "--topics must name topics by their slugs, with the first import"    },
	{ "/settings/time_zone", "--time-zone must be a name of the IANA database, as Europe/Berlin"  },
	{ "/feed",               "the feed is JSON, but no list of meetings"                          },
};
/* clang-format on */

static bool
is_yes(const struct context *context, const char *option)
{
	const char *value = command_option(context, option);

	if (value != NULL && strcmp(value, "yes") != 0)
		command_fail("%s can only be yes", option);
	return value != NULL;
}

static const char *
patterns_wanted(const struct context *context)
{
	const char *value = command_option(context, "--patterns");

	if (value != NULL && strcmp(value, "take") != 0 && strcmp(value, "leave") != 0)
		command_fail("--patterns is take or leave");
	return value;
}

/* What comes as a feed but cannot be one is named before PostgreSQL sees it. */
static void
check_text(const char *path, struct buffer *feed)
{
	const char *text = buffer_text(feed);

	text += strspn(text, " \t\r\n");
	if (strlen(buffer_text(feed)) != feed->length)
		command_fail("%s is not text", path);
	if (*text == '\0')
		command_fail("%s is empty", path);
	if (*text == '<')
		command_fail("%s is a web page, not JSON", path);
}

/* Without the mark of byte order that some programs begin a text with. */
static const char *
read_feed(struct context *context, const char *path)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	char *piece = arena_alloc(context->arena, FEED_STEP);
	struct buffer feed;
	size_t got;

	if (file == NULL)
		command_fail("%s: %s", path, strerror(errno));
	buffer_init(&feed, context->arena, FEED_STEP);
	while ((got = fread(piece, 1, FEED_STEP, file)) > 0) {
		if (feed.length + got > FEED_MAX)
			command_fail("%s is larger than 64 MiB; nothing was read", path);
		buffer_append(&feed, piece, got);
		command_progress("bytes", feed.length, feed.length + 1);
	}
	if (ferror(file))
		command_fail("%s: %s", path, strerror(errno));
	command_progress("bytes", feed.length, feed.length);
	check_text(path, &feed);
	return buffer_text(&feed) + (strncmp(buffer_text(&feed), "\xef\xbb\xbf", 3) == 0 ? 3 : 0);
}

/* PostgreSQL's own words may quote the feed, and feeds name people. */
static _Noreturn void
fail_to_check(const char *path, const struct db_error *error)
{
	if (strncmp(error->sqlstate, "22", 2) == 0 || strncmp(error->sqlstate, "54", 2) == 0)
		command_fail("%s is not valid JSON in UTF-8, or an option is not valid (%s); "
			     "nothing was imported",
		    path, error->sqlstate);
	command_fail("the import failed (%s); nothing was imported", error->sqlstate);
}

/* The id of the import. */
static const char *
check_feed(struct context *context, const char *format)
{
	const char *path = context->arguments[0], *pointer;
	const char *const values[] = { command_option(context, "--organisation"),
		command_option(context, "--source"), format, command_option(context, "--time-zone"),
		command_option(context, "--country"), command_option(context, "--language"),
		command_option(context, "--duration"), command_option(context, "--audience"),
		command_option(context, "--topics"), read_feed(context, path),
		command_now(context) };
	struct db_error error;
	struct rows *rows;

	if (values[0] == NULL || values[1] == NULL)
		command_fail("--source and --organisation are needed");
	rows = db_query(context->db, context->arena, &statements[SQL_IMPORT_CHECK], values, &error);
	if (rows == NULL)
		fail_to_check(path, &error);
	pointer = rows_text(rows, 0, "pointer");
	for (size_t i = 0; pointer != NULL && i < sizeof(faults) / sizeof(faults[0]); i++)
		if (strcmp(pointer, faults[i].pointer) == 0)
			command_fail("%s", faults[i].sentence);
	return rows_text(rows, 0, "id");
}

/* Prints the counts. False if there is not one row that can be imported. */
static bool
print_summary(struct context *context, const char *id)
{
	struct rows *rows =
	    command_query(context, &statements[SQL_IMPORT_LINES], (const char *const[]){ id });

	for (size_t i = 0; i < rows_count(rows); i++)
		printf("%8s  %s\n", rows_text(rows, i, "count"), rows_text(rows, i, "what"));
	return rows_count(rows) > 0 && strcmp(rows_text(rows, 0, "usable"), "t") == 0;
}

static void
print_rows(struct context *context, const char *id)
{
	struct rows *rows =
	    command_query(context, &statements[SQL_IMPORT_ROWS], (const char *const[]){ id });

	for (size_t i = 0; i < rows_count(rows); i++)
		puts(rows_text(rows, i, "line"));
}

static void
fail_by_problem(const char *problem, const char *id)
{
	if (problem == NULL)
		return;
	if (strcmp(problem, "not-found") == 0)
		command_fail("there is no import %s", id);
	command_fail("%s", problem);
}

static void
apply(struct context *context, const char *id)
{
	struct rows *rows = command_query(context, &statements[SQL_IMPORT_APPLY],
	    (const char *const[]){ id, patterns_wanted(context),
		is_yes(context, "--accept-gone") ? "true" : "false", command_now(context) });

	fail_by_problem(rows_text(rows, 0, "problem"), id);
	printf("applied; %lu series planned\n", horizon_extend(context));
}

static int
import(struct context *context, const char *format)
{
	bool applies = is_yes(context, "--apply"), shows_rows = is_yes(context, "--rows"), usable;
	const char *patterns = patterns_wanted(context), *id = check_feed(context, format);

	usable = print_summary(context, id);
	if (shows_rows)
		print_rows(context, id);
	if (!usable) {
		fputs("runde: no row of it can be imported\n", stderr);
		return 1;
	}
	if (applies)
		apply(context, id);
	else
		printf("nothing is applied yet: runde import apply %s%s\n", id,
		    patterns == NULL ? "" : " --patterns take");
	return 0;
}

int
imports_meeting_guide(struct context *context)
{
	return import(context, "meeting_guide");
}

int
imports_bmlt(struct context *context)
{
	return import(context, "bmlt");
}

int
imports_apply(struct context *context)
{
	apply(context, context->arguments[0]);
	print_summary(context, context->arguments[0]);
	return 0;
}

int
imports_undo(struct context *context)
{
	const char *id = context->arguments[0];
	struct rows *rows = command_query(context, &statements[SQL_IMPORT_UNDO],
	    (const char *const[]){ id, command_now(context) });

	fail_by_problem(rows_text(rows, 0, "problem"), id);
	printf("undone; %s kept, for somebody changed it since; %lu series planned\n",
	    rows_text(rows, 0, "kept"), horizon_extend(context));
	return 0;
}
