/* planning.c: what C finds out about series that are to be planned further. */
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/planning.h"
#include "core/recurrence_words.h"

#define RULES_MAX 8

/* Takes the elements out of a PostgreSQL array of texts that contain neither quotes nor escapes. */
static size_t
read_rules(struct arena *arena, const char *array, const char **ret_rules)
{
	size_t count = 0;

	for (const char *at = array + 1; *at != '}' && *at != '\0' && count < RULES_MAX;) {
		bool is_quoted = *at == '"';
		size_t length = strcspn(at + is_quoted, is_quoted ? "\"" : ",}");

		ret_rules[count++] = arena_copy(arena, at + is_quoted, length);
		at += length + (is_quoted ? 2 : 0);
		at += *at == ',';
	}
	return count;
}

static int
number(const struct rows *rows, size_t row, const char *name)
{
	const char *text = rows_text(rows, row, name);

	return text == NULL ? 0 : (int)strtol(text, NULL, 10);
}

static recurrence_date
date(const struct rows *rows, size_t row, const char *name)
{
	const char *text = rows_text(rows, row, name);

	return text == NULL ? 0 : recurrence_date_of(text);
}

static void
write_plan(struct buffer *out, const struct rows *due, size_t row)
{
	const char *rules[RULES_MAX], *simple, *sentences;
	struct recurrence series = {
		.start = date(due, row, "start"),
		.until = date(due, row, "until"),
		.rule_count = read_rules(out->arena, rows_text(due, row, "rules"), rules),
		.rules = rules,
	};
	struct recurrence_words words = {
		.series = &series,
		.start_minute = number(due, row, "start_minute"),
		.minutes = number(due, row, "minutes"),
		.sessions = number(due, row, "sessions"),
		.skips_holidays = rows_text(due, row, "skips_holidays")[0] == 't',
	};
	const recurrence_date *dates;
	size_t count = recurrence_dates(out->arena, &series, date(due, row, "since"),
	    date(due, row, "horizon"), (size_t)words.sessions + 1, &dates);

	simple = recurrence_simple_json(out->arena, rules, series.rule_count);
	sentences = recurrence_sentences(out->arena, &words);
	buffer_printf(out, "{\"id\":\"%s\",\"dates\":\"%s\",\"repeats\":%s,\"sentence\":%s}",
	    rows_text(due, row, "id"), recurrence_array(out->arena, dates, count),
	    simple == NULL ? "null" : simple, sentences == NULL ? "null" : sentences);
}

const char *
planning_json(struct arena *arena, const struct rows *due)
{
	struct buffer out;

	buffer_init(&out, arena, 4096);
	buffer_string(&out, "[");
	for (size_t row = 0; row < rows_count(due); row++) {
		buffer_string(&out, row == 0 ? "" : ",");
		write_plan(&out, due, row);
	}
	buffer_string(&out, "]");
	return buffer_text(&out);
}
