/* expand.c: the dates of series, for comparison: a line "start from to least rule rule …" each, parted by tabs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/recurrence.h"

#define RULES_MAX 8

static void
answer(struct arena *arena, char *line)
{
	const char *words[4 + RULES_MAX], *rules[RULES_MAX], *error;
	struct recurrence series = { .rules = rules };
	struct recurrence_parts parts;
	const recurrence_date *dates;
	size_t count = 0, found;

	for (char *rest = line, *word; count < 4 + RULES_MAX && (word = strsep(&rest, "\t\n"));)
		words[count++] = word;
	for (size_t i = 4; i < count && words[i][0] != '\0'; i++) {
		if (!recurrence_read(arena, words[i], &parts, &error)) {
			printf("error: %s\n", error);
			return;
		}
		rules[series.rule_count++] = parts.rule;
	}
	series.start = recurrence_date_of(words[0]);
	found = recurrence_dates(arena, &series, recurrence_date_of(words[1]),
	    recurrence_date_of(words[2]), strtoul(words[3], NULL, 10), &dates);
	puts(recurrence_array(arena, dates, found));
}

int
main(void)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		struct arena *arena = arena_new();

		answer(arena, line);
		arena_free(arena);
	}
	free(line);
	return 0;
}
