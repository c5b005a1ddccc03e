/* recurrence.h: series of dates by the rules of RFC 5545, section 3.3.10. No zones, no clock. */
#ifndef CORE_RECURRENCE_H
#define CORE_RECURRENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"

#define RECURRENCE_DAYS_MAX   31 /* of one rule */
#define RECURRENCE_MONTHS_MAX 12
#define RECURRENCE_EVERY_MAX  99
#define RECURRENCE_COUNT_MAX  1000
#define RECURRENCE_YEARS_MAX  10 /* what recurs must do so within this time */

/* A date as one number that grows with it: 20260107. 0 is none. */
typedef int recurrence_date;

/* The date that an ISO 8601 text begins with ("2026-01-07T19:00:00"); 0 if it does not. */
recurrence_date recurrence_date_of(const char *text);

/* The date as ISO 8601 text. */
const char *recurrence_date_text(struct arena *arena, recurrence_date date);

/* The date some days later, or earlier. */
recurrence_date recurrence_date_after(recurrence_date date, int days);

/*
 * One rule as people say it: every 2 months on "first wednesday", but only in some months. What
 * `on` may hold depends on the unit: weekdays for weeks; "first wednesday", "last friday", "day 15"
 * or "last day" for months; nothing for days and years.
 */
struct recurrence_simple {
	const char *unit; /* "day", "week", "month", "year" */
	int every;
	size_t on_count;
	const char *on[RECURRENCE_DAYS_MAX];
	size_t month_count;
	int months[RECURRENCE_MONTHS_MAX]; /* 1 is January */
};

/*
 * The rule as RRULE text in canonical form. NULL if `on` does not fit the unit; *ret_at is the
 * entry that does not.
 */
const char *recurrence_compile(
    struct arena *arena, const struct recurrence_simple *simple, size_t *ret_at);

/* The simple form of a canonical RRULE; false if it has none. Strings are static or the arena's. */
bool recurrence_simplify(struct arena *arena, const char *rule, struct recurrence_simple *ret);

/* The simple forms of all rules as a JSON array; NULL if one of them has none, or there is none. */
const char *recurrence_simple_json(
    struct arena *arena, const char *const *rules, size_t rule_count);

/* An RRULE taken apart: its end belongs to the series, not to the rule. */
struct recurrence_parts {
	const char *rule;  /* canonical, without COUNT and UNTIL */
	int count;         /* 0: none */
	const char *until; /* as ISO 8601, a date, a local time, or UTC with Z; NULL: none */
};

/*
 * Reads one RRULE, with or without "RRULE:" before it. False with what it must be in *ret_error if
 * it is not valid, more often than daily, or says when in the day or the year by other than
 * weekdays, days of the month, months and positions.
 */
bool recurrence_read(
    struct arena *arena, const char *text, struct recurrence_parts *ret, const char **ret_error);

/* A series: dates from its start on that any of its rules makes; without rules its start alone. */
struct recurrence {
	recurrence_date start;
	recurrence_date until; /* 0: none */
	size_t rule_count;
	const char *const *rules; /* canonical */
};

/*
 * The dates from `from` to `to`, and beyond until there are at least `least` of them, as far as
 * there are within RECURRENCE_YEARS_MAX years; ascending, each once, in the arena.
 */
size_t recurrence_dates(struct arena *arena, const struct recurrence *series, recurrence_date from,
    recurrence_date to, size_t least, const recurrence_date **ret_dates);

/* Dates as a PostgreSQL array literal: "{2026-01-07,2026-01-14}". */
const char *recurrence_array(struct arena *arena, const recurrence_date *dates, size_t count);

#endif
