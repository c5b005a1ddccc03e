/* audit.c: the chain of the audit's seals walked, and its head shown. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/audit.h"
#include "admin_sql.h"
#include "core/audit_chain.h"

/* How far the walk has come; with the head that was kept elsewhere, if there is one. */
struct walk {
	uint64_t position;
	struct audit_seal seal;
	uint64_t head_position; /* 0: none */
	struct audit_seal head;
};

static void
read_head(struct context *context, struct walk *walk)
{
	const char *head = command_option(context, "--head");
	char *colon;

	if (head == NULL)
		return;
	walk->head_position = strtoull(head, &colon, 10);
	if (colon == head || *colon != ':' ||
	    !audit_seal_read(
		context->arena, arena_printf(context->arena, "\\x%s", colon + 1), &walk->head))
		command_fail("--head takes what `runde audit head` printed");
}

static bool
seals_match(const struct audit_seal *a, const struct audit_seal *b)
{
	return secrets_equal(a->bytes, b->bytes, sizeof(a->bytes));
}

/* One step; what is wrong, or NULL. */
static const char *
check_entry(struct arena *arena, struct walk *walk, const struct rows *rows, size_t row)
{
	uint64_t position = strtoull(rows_text(rows, row, "position"), NULL, 10);
	struct audit_seal seal;

	if (position != ++walk->position)
		return "its seal is gone";
	if (rows_text(rows, row, "sequence") == NULL)
		return "it is gone, or its number was changed";
	audit_chain(arena, rows, row, &walk->seal);
	if (!audit_seal_read(arena, rows_text(rows, row, "seal"), &seal) ||
	    !seals_match(&seal, &walk->seal))
		return "it or its seal was changed";
	if (position == walk->head_position && !seals_match(&seal, &walk->head))
		return "its seal is not that of the head";
	return NULL;
}

static const char *
or_dash(const char *text)
{
	return text == NULL ? "-" : text;
}

/* The next thousand, in memory of their own. False at the end, or where the chain is broken. */
static bool
walk_on(const struct context *context, struct walk *walk, bool *ret_broken)
{
	struct context of_page = *context;
	struct rows *rows;
	const char *complaint = NULL;
	size_t i = 0;

	of_page.arena = arena_new();
	rows = command_query(&of_page, &statements[SQL_AUDIT_WALK],
	    (const char *const[]){ arena_printf(of_page.arena, "%" PRIu64, walk->position) });
	for (; i < rows_count(rows) && complaint == NULL; i++)
		complaint = check_entry(of_page.arena, walk, rows, i);
	if (complaint != NULL)
		fprintf(stderr, "runde: entry %" PRIu64 " (number %s): %s\n", walk->position,
		    or_dash(rows_text(rows, i - 1, "sealed")), complaint);
	*ret_broken = complaint != NULL;
	arena_free(of_page.arena);
	return i > 0 && complaint == NULL;
}

/* What the chain does not know: entries put between others, and those that it has not reached. */
static bool
check_loose(struct context *context)
{
	struct rows *rows = command_query(context, &statements[SQL_AUDIT_LOOSE], NULL);
	const char *inserted = rows_text(rows, 0, "inserted"), *since = rows_text(rows, 0, "since");

	if (inserted != NULL)
		fprintf(
		    stderr, "runde: number %s was put between entries that are sealed\n", inserted);
	if (since != NULL)
		printf("%s not sealed yet, since %s\n", rows_text(rows, 0, "waiting"), since);
	return inserted == NULL;
}

int
audit_verify(struct context *context)
{
	struct walk walk = { 0 };
	bool is_broken = false, is_short;

	read_head(context, &walk);
	while (walk_on(context, &walk, &is_broken))
		;
	is_short = !is_broken && walk.position < walk.head_position;
	if (is_short)
		fprintf(stderr,
		    "runde: entry %" PRIu64 ": it and all behind it are gone; the head is %" PRIu64
		    "\n",
		    walk.position + 1, walk.head_position);
	if (!check_loose(context) || is_broken || is_short)
		return 1;
	printf("%" PRIu64 " sealed, all as they were written\n", walk.position);
	return 0;
}

int
audit_head(struct context *context)
{
	struct rows *rows = command_query(context, &statements[SQL_AUDIT_HEAD], NULL);

	if (rows_count(rows) == 0)
		command_fail("nothing is sealed yet");
	printf("%s:%s\n", rows_text(rows, 0, "position"), rows_text(rows, 0, "seal"));
	return 0;
}
