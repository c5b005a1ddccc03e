/* keys.c: a new wrapping key; data keys move under it in batches, and the old one goes last. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "admin/keys.h"
#include "admin_sql.h"
#include "core/buffer.h"
#include "core/json.h"
#include "core/sealing.h"

#define BATCH "1000"

/* For longer than this no API process goes on using a wrapping key that is retired. */
#define SECONDS_KNOWN 3

/* For whoever is writing a person just then. */
static const struct timespec pause_length = { .tv_nsec = 100000000 };

/* Once through all persons, in the order of their ids. */
struct pass {
	char after[sizeof("00000000-0000-0000-0000-000000000000")];
	unsigned long moved;
	unsigned long lost; /* their data keys do not open */
};

static void
must(const struct context *context, const char *script)
{
	struct db_error error;

	if (!db_script(context->db, script, &error))
		command_fail("%s", error.message);
}

static unsigned long
left(struct context *context, const char *what)
{
	struct rows *rows = command_query(context, &statements[SQL_WRAPPING_KEYS_LEFT], NULL);

	return strtoul(rows_text(rows, 0, what), NULL, 10);
}

/* In the place of the one before it, if there is one. */
static void
add_key(struct context *context, const char *id)
{
	command_query(context, &statements[SQL_WRAPPING_KEY_ADD],
	    (const char *const[]){
		command_now(context), id, sealing_wrapping_new(context->arena, id) });
}

/* Under another master key nobody would find out before all are lost. */
static void
check_master_key(struct context *context, const struct rows *next)
{
	const char *newest = rows_text(next, 0, "newest");
	struct sealing_key key;

	if (newest != NULL &&
	    sealing_key_new(context->arena, "", rows_text(next, 0, "newest_id"), newest, &key) ==
		NULL)
		command_fail("the wrapping key was made under another master key than that of %s",
		    context->config->key_file);
}

static struct rows *
next_key(struct context *context)
{
	command_query(context, &statements[SQL_WRAPPING_KEYS_LOCK], NULL);
	return command_query(context, &statements[SQL_WRAPPING_KEY_NEXT], NULL);
}

static const char *
rewrap(struct arena *arena, const struct rows *due, size_t row)
{
	return sealing_key_rewrap(arena, rows_text(due, row, "id"), rows_text(due, row, "from_id"),
	    rows_text(due, row, "from"), rows_text(due, row, "wrapped"),
	    rows_text(due, row, "to_id"), rows_text(due, row, "to"));
}

static const char *
rewrapped_json(struct arena *arena, const struct rows *due, struct pass *pass)
{
	struct buffer out;

	buffer_init(&out, arena, 4096);
	for (size_t row = 0; row < rows_count(due); row++) {
		const char *wrapped = rewrap(arena, due, row);

		if (wrapped == NULL) {
			pass->lost++;
			continue;
		}
		buffer_printf(&out, "%s{\"id\":\"%s\",\"wrapped\":", out.length == 0 ? "[" : ",",
		    rows_text(due, row, "id"));
		json_write_string(&out, wrapped, strlen(wrapped));
		buffer_string(&out, "}");
		pass->moved++;
	}
	buffer_string(&out, out.length == 0 ? "[]" : "]");
	return buffer_text(&out);
}

/* A short transaction; false if there was nobody. */
static bool
move_some(struct context *context, struct pass *pass)
{
	struct rows *due;
	size_t count;

	must(context, "BEGIN");
	due = command_query(
	    context, &statements[SQL_PERSONS_DUE], (const char *const[]){ pass->after, BATCH });
	count = rows_count(due);
	if (count > 0) {
		command_query(context, &statements[SQL_PERSONS_REWRAP],
		    (const char *const[]){ rewrapped_json(context->arena, due, pass) });
		memcpy(pass->after, rows_text(due, count - 1, "id"), sizeof(pass->after));
	}
	must(context, "COMMIT");
	return count > 0;
}

/* What one batch needs is given back after it. */
static struct pass
move_all(const struct context *context, unsigned long total)
{
	struct pass pass = { .after = "00000000-0000-0000-0000-000000000000" };
	struct context of_batch = *context;
	bool more = true;

	while (more) {
		of_batch.arena = arena_new();
		more = move_some(&of_batch, &pass);
		arena_free(of_batch.arena);
		if (more)
			command_progress("persons", pass.moved, total);
	}
	return pass;
}

/* Repeated for those whom somebody was writing just then. */
static void
move_until_none_is_left(struct context *context)
{
	struct pass pass = { .lost = 0 };
	unsigned long persons;

	while ((persons = left(context, "persons")) > pass.lost) {
		pass = move_all(context, persons);
		if (pass.moved == 0)
			nanosleep(&pause_length, NULL);
	}
	if (persons > 0)
		command_fail("the data keys of %lu persons do not open; "
			     "the wrapping key they lie under stays",
		    persons);
}

/* False if somebody was written under a retired key in the last moment. */
static bool
drop_retired(struct context *context)
{
	must(context, "BEGIN");
	command_query(context, &statements[SQL_WRAPPING_KEYS_HOLD], NULL);
	command_query(context, &statements[SQL_WRAPPING_KEYS_DROP], NULL);
	must(context, "COMMIT");
	return left(context, "keys") == 0;
}

void
keys_begin(struct context *context)
{
	struct rows *next = next_key(context);

	if (rows_text(next, 0, "newest") == NULL)
		add_key(context, rows_text(next, 0, "id"));
}

int
keys_list(struct context *context)
{
	struct rows *rows = command_query(context, &statements[SQL_WRAPPING_KEYS_LIST], NULL);

	for (size_t i = 0; i < rows_count(rows); i++) {
		const char *retired = rows_text(rows, i, "retired");

		printf("%4s  created %s  retired %-16s  %s person(s)\n", rows_text(rows, i, "id"),
		    rows_text(rows, i, "created"), retired == NULL ? "-" : retired,
		    rows_text(rows, i, "persons"));
	}
	return 0;
}

int
keys_rotate(struct context *context)
{
	struct rows *next = next_key(context);

	check_master_key(context, next);
	if (rows_text(next, 0, "is_rotating")[0] == 'f')
		add_key(context, rows_text(next, 0, "id"));
	move_until_none_is_left(context);
	sleep(SECONDS_KNOWN);
	do
		move_until_none_is_left(context);
	while (!drop_retired(context));
	return 0;
}
