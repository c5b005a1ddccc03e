/* fuzz_recurrence.c: any text as a rule: what is taken is stable, and makes dates in order. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/recurrence_words.h"

#define START 20260107
#define UNTIL 20281231

static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* A canonical rule is its own canonical form. */
static void
check_form(struct arena *arena, const char *rule)
{
	struct recurrence_simple simple;
	struct recurrence_parts again;
	const char *error, *compiled;
	size_t at;

	must(recurrence_read(arena, rule, &again, &error));
	must(strcmp(again.rule, rule) == 0 && again.count == 0 && again.until == NULL);
	if (!recurrence_simplify(arena, rule, &simple))
		return;
	compiled = recurrence_compile(arena, &simple, &at);
	must(compiled != NULL);
	must(recurrence_simplify(arena, compiled, &simple));
}

static void
check_dates(const recurrence_date *dates, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		must(dates[i] >= START && dates[i] <= UNTIL);
		must(i == 0 || dates[i] > dates[i - 1]);
		must(recurrence_date_after(recurrence_date_after(dates[i], 1), -1) == dates[i]);
	}
}

static void
run(struct arena *arena, const char *text)
{
	struct recurrence_parts parts;
	const recurrence_date *dates;
	const char *error;
	size_t count;
	struct recurrence series = { .start = START, .until = UNTIL, .rule_count = 1 };
	struct recurrence_words words = { .series = &series, .start_minute = 1140, .minutes = 90 };

	if (!recurrence_read(arena, text, &parts, &error)) {
		must(error != NULL);
		return;
	}
	check_form(arena, parts.rule);
	series.rules = &parts.rule;
	count = recurrence_dates(arena, &series, START, UNTIL, 5, &dates);
	check_dates(dates, count);
	recurrence_sentences(arena, &words);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct arena *arena;

	if (length > 300) /* as in the contract */
		return 0;
	arena = arena_new();
	run(arena, arena_copy(arena, (const char *)bytes, length));
	arena_free(arena);
	return 0;
}
