/* recurrence.c: rules and their dates, by libical. */
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/recurrence.h"

#define ROUNDS_MAX 20000 /* dates of one rule that are looked at: daily for more than fifty years */

recurrence_date
recurrence_date_of(const char *text)
{
	static const char form[] = "0000-00-00";
	int digits = 0;

	for (size_t i = 0; i + 1 < sizeof(form); i++) {
		bool is_digit = text[i] >= '0' && text[i] <= '9';

		if (form[i] == '0' ? !is_digit : text[i] != '-')
			return 0;
		if (is_digit)
			digits = digits * 10 + (text[i] - '0');
	}
	return digits;
}

static struct icaltimetype
time_of(recurrence_date date)
{
	return (struct icaltimetype){
		.year = date / 10000,
		.month = date / 100 % 100,
		.day = date % 100,
		.is_date =
		    1, /* icaltime_null_date() would set the hour to -1, which is the day before */
	};
}

static recurrence_date
date_of(struct icaltimetype time)
{
	return time.year * 10000 + time.month * 100 + time.day;
}

recurrence_date
recurrence_date_after(recurrence_date date, int days)
{
	struct icaltimetype time = time_of(date);

	icaltime_adjust(&time, days, 0, 0, 0);
	return date_of(time);
}

const char *
recurrence_date_text(struct arena *arena, recurrence_date date)
{
	return arena_printf(arena, "%04d-%02d-%02d", date / 10000, date / 100 % 100, date % 100);
}

static bool
is_empty(const short *list)
{
	return list[0] == ICAL_RECURRENCE_ARRAY_MAX;
}

static bool
has_positions(const struct icalrecurrencetype *rule)
{
	for (const short *day = rule->by_day; *day != ICAL_RECURRENCE_ARRAY_MAX; day++)
		if (icalrecurrencetype_day_position(*day) != 0)
			return true;
	return false;
}

/* What a rule that libical could read must be all the same, or NULL. */
static const char *
objection(const struct icalrecurrencetype *rule)
{
	if (rule->freq < ICAL_DAILY_RECURRENCE || !is_empty(rule->by_second) ||
	    !is_empty(rule->by_minute) || !is_empty(rule->by_hour))
		return "must not repeat more often than daily";
	if (!is_empty(rule->by_year_day) || !is_empty(rule->by_week_no) || rule->rscale != NULL)
		return "must not use BYYEARDAY, BYWEEKNO or RSCALE";
	if (has_positions(rule) && rule->freq != ICAL_MONTHLY_RECURRENCE &&
	    rule->freq != ICAL_YEARLY_RECURRENCE)
		return "must have numbers before weekdays only by the month or year";
	if (rule->freq == ICAL_WEEKLY_RECURRENCE &&
	    (!is_empty(rule->by_month_day) || !is_empty(rule->by_set_pos)))
		return "must not use BYMONTHDAY and BYSETPOS by the week";
	return NULL;
}

static bool
parse(const char *text, struct icalrecurrencetype *ret)
{
	*ret = icalrecurrencetype_from_string(text);
	return ret->freq != ICAL_NO_RECURRENCE;
}

/* Sets of what a rule says: libical takes each as often as it stands there. */
static void
drop_repeated(short *list)
{
	size_t kept = 0;

	for (size_t i = 0; list[i] != ICAL_RECURRENCE_ARRAY_MAX; i++) {
		size_t before = 0;

		while (before < kept && list[before] != list[i])
			before++;
		if (before == kept)
			list[kept++] = list[i];
	}
	list[kept] = ICAL_RECURRENCE_ARRAY_MAX;
}

/* The number that a part of the rule says, before libical cuts it off; 0 if it is not there. */
static long
number_of(const char *text, const char *part)
{
	const char *at = strcasestr(text, part);

	return at == NULL ? 0 : strtol(at + strlen(part), NULL, 10);
}

static bool
is_real_time(struct icaltimetype time)
{
	return time.year >= 1970 && time.year <= 2099 && time.month >= 1 && time.month <= 12 &&
	    time.day >= 1 && time.day <= icaltime_days_in_month(time.month, time.year) &&
	    time.hour >= 0 && time.hour <= 23 && time.minute >= 0 && time.minute <= 59 &&
	    time.second >= 0 && time.second <= 59;
}

static bool
has_odd_months(const struct icalrecurrencetype *rule)
{
	for (const short *month = rule->by_month; *month != ICAL_RECURRENCE_ARRAY_MAX; month++)
		if (*month < 1 || *month > 12)
			return true;
	return false;
}

/* What libical lets through or cuts off. */
static const char *
objection_to_numbers(const char *text, const struct icalrecurrencetype *rule)
{
	if (number_of(text, "INTERVAL=") > RECURRENCE_EVERY_MAX)
		return "must have an INTERVAL of at most 99";
	if (number_of(text, "COUNT=") > RECURRENCE_COUNT_MAX)
		return "must have a COUNT of at most 1000";
	if (has_odd_months(rule))
		return "must have months from 1 to 12";
	if (!icaltime_is_null_time(rule->until) && !is_real_time(rule->until))
		return "must have an UNTIL that is a time before 2100";
	return NULL;
}

bool
recurrence_read(
    struct arena *arena, const char *text, struct recurrence_parts *ret, const char **ret_error)
{
	static const char prefix[] = "RRULE:";
	struct icalrecurrencetype rule;
	struct icaltimetype until;
	char *canonical;

	if (strncmp(text, prefix, sizeof(prefix) - 1) == 0)
		text += sizeof(prefix) - 1;
	*ret_error =
	    parse(text, &rule) ? objection(&rule) : "must be a recurrence rule of RFC 5545";
	free(rule.rscale);
	if (*ret_error == NULL)
		*ret_error = objection_to_numbers(text, &rule);
	if (*ret_error != NULL)
		return false;
	until = rule.until;
	ret->count = rule.count;
	ret->until = NULL;
	if (!icaltime_is_null_time(until))
		ret->until = until.is_date ?
		    recurrence_date_text(arena, date_of(until)) :
		    arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d%s", until.year, until.month,
			until.day, until.hour, until.minute, until.second,
			icaltime_is_utc(until) ? "Z" : "");
	drop_repeated(rule.by_day);
	drop_repeated(rule.by_month_day);
	drop_repeated(rule.by_month);
	rule.count = 0;
	rule.until = icaltime_null_time();
	canonical = icalrecurrencetype_as_string_r(&rule);
	ret->rule = arena_strdup(arena, canonical);
	icalmemory_free_buffer(canonical);
	return true;
}

/* Dates that are found, kept in a buffer that grows. */
struct found {
	struct arena *arena;
	recurrence_date *dates;
	size_t count, size;
};

static void
found_add(struct found *found, recurrence_date date)
{
	if (found->count == found->size) {
		recurrence_date *larger =
		    arena_alloc(found->arena, (2 * found->size + 64) * sizeof(*larger));

		if (found->count > 0)
			memcpy(larger, found->dates, found->count * sizeof(*larger));
		found->dates = larger;
		found->size = 2 * found->size + 64;
	}
	found->dates[found->count++] = date;
}

/* Where the search ends, whatever the rule: the end of the series, or of our patience. */
static recurrence_date
last_date(const struct recurrence *series, recurrence_date from, recurrence_date to)
{
	recurrence_date begin = from > series->start ? from : series->start;
	recurrence_date last = (to > begin ? to : begin) + RECURRENCE_YEARS_MAX * 10000;

	return series->until != 0 && series->until < last ? series->until : last;
}

/* The number of the week that a date is in, if weeks begin on this day. */
static long
week_of(recurrence_date date, icalrecurrencetype_weekday begin)
{
	static const time_t day = 86400;
	long days = (long)(icaltime_as_timet(time_of(date)) / day);

	return (days + 4 - (begin - ICAL_SUNDAY_WEEKDAY)) / 7; /* 1970 began on a Thursday */
}

/*
 * libical 3.0.16 takes the wrong weeks where a weekday comes before that of the start in its own
 * order, from Sunday on: so it makes every week, and we leave out those between.
 */
static bool
is_in_turn(
    const struct icalrecurrencetype *rule, int every, recurrence_date start, recurrence_date date)
{
	return rule->freq != ICAL_WEEKLY_RECURRENCE ||
	    (week_of(date, rule->week_start) - week_of(start, rule->week_start)) % every == 0;
}

/* UNTIL also ends the search of a rule that never matches. */
static void
find(const struct recurrence *series, const char *text, recurrence_date from, recurrence_date to,
    size_t least, struct found *found)
{
	recurrence_date last = last_date(series, from, to);
	struct icalrecurrencetype rule;
	icalrecur_iterator *iterator;
	size_t begin = found->count;
	int every;

	if (!parse(text, &rule))
		return;
	every = rule.interval;
	if (rule.freq == ICAL_WEEKLY_RECURRENCE)
		rule.interval = 1;
	rule.until = time_of(last);
	iterator = icalrecur_iterator_new(rule, time_of(series->start));
	for (int i = 0; iterator != NULL && i < ROUNDS_MAX; i++) {
		struct icaltimetype next = icalrecur_iterator_next(iterator);
		recurrence_date date = date_of(next);

		if (icaltime_is_null_time(next) || date > last ||
		    (date > to && found->count - begin >= least))
			break;
		if (date >= from && date >= series->start &&
		    is_in_turn(&rule, every, series->start, date))
			found_add(found, date);
	}
	if (iterator != NULL)
		icalrecur_iterator_free(iterator);
}

static int
compare(const void *one, const void *other)
{
	const recurrence_date *a = one, *b = other;

	return (*a > *b) - (*a < *b);
}

size_t
recurrence_dates(struct arena *arena, const struct recurrence *series, recurrence_date from,
    recurrence_date to, size_t least, const recurrence_date **ret_dates)
{
	struct found found = { .arena = arena };
	size_t kept = 0;

	if (series->rule_count == 0 && series->start >= from)
		found_add(&found, series->start);
	for (size_t i = 0; i < series->rule_count; i++)
		find(series, series->rules[i], from, to, least, &found);
	if (found.count > 0)
		qsort(found.dates, found.count, sizeof(*found.dates), compare);
	for (size_t i = 0; i < found.count; i++)
		if (kept == 0 || found.dates[i] != found.dates[kept - 1])
			found.dates[kept++] = found.dates[i];
	/* Of several rules each went as far as it had to: beyond, their dates are not all there. */
	while (kept > least && kept > 0 && found.dates[kept - 1] > to)
		kept--;
	*ret_dates = found.dates;
	return kept;
}

const char *
recurrence_array(struct arena *arena, const recurrence_date *dates, size_t count)
{
	char *text = arena_alloc(arena, count * sizeof("2026-01-07,") + sizeof("{}")), *end = text;

	*end++ = '{';
	for (size_t i = 0; i < count; i++)
		end += snprintf(end, sizeof(",2026-01-07"), "%s%04d-%02d-%02d", i == 0 ? "" : ",",
		    dates[i] / 10000, dates[i] / 100 % 100, dates[i] % 100);
	*end++ = '}';
	*end = '\0';
	return text;
}
