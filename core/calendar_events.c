/* calendar_events.c: rows of meetings, their zones, and which of them one rule can say. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/calendar_events.h"

#define DAY 86400 /* seconds */

/* Texts and numbers of a row, by the places of its columns: looked up once. */
/* clang-format off */
#define COLUMNS(TEXT, NUMBER)                                                                  \
	TEXT(schedule, "schedule_id") TEXT(uid, "uid") TEXT(series_uid, "series_uid")          \
	TEXT(status, "status") TEXT(summary, "summary") TEXT(description, "description")       \
	TEXT(location, "location") TEXT(point, "point") TEXT(conference, "conference")         \
	TEXT(path, "path") TEXT(rule, "rule") TEXT(series_path, "series_path")                 \
	NUMBER(starts, "starts") NUMBER(ends, "ends") NUMBER(starts_local, "starts_local")     \
	NUMBER(ends_local, "ends_local") NUMBER(planned_local, "planned_local")                \
	NUMBER(sequence, "sequence") NUMBER(modified, "modified")                              \
	NUMBER(series_sequence, "series_sequence") NUMBER(series_modified, "series_modified")
/* clang-format on */

struct columns {
#define X(member, name) size_t member;
	COLUMNS(X, X)
#undef X
	size_t date, anchor, zone;
};

static struct columns
find_columns(const struct rows *rows)
{
	struct columns columns = {
#define X(member, name) .member = rows_column(rows, name),
		COLUMNS(X, X)
#undef X
		    .date = rows_column(rows, "date"),
		.anchor = rows_column(rows, "anchor"),
		.zone = rows_column(rows, "zone"),
	};

	return columns;
}

static const char *
text_at(const struct rows *rows, size_t row, size_t column)
{
	size_t length;

	return rows_value(rows, row, column, &length);
}

/* Zones ------------------------------------------------------------------------------------- */

static struct calendar_zone *
find_zone(struct arena *arena, struct calendar_events *events, const char *name)
{
	struct calendar_zone *zone;

	for (size_t i = 0; i < events->zone_count; i++)
		if (strcmp(events->zones[i].zone.name, name) == 0)
			return &events->zones[i];
	if (events->zone_count == CALENDAR_ZONES_MAX)
		return NULL;
	zone = &events->zones[events->zone_count++];
	zone->is_known =
	    zone_read(arena, name, &zone->zone) && strcmp(zone->zone.standard_name, "UTC") != 0;
	zone->zone.name = name;
	return zone;
}

/* Whether the rule of the zone, and nothing else, makes these two of each other. */
static bool
agrees(struct zone *zone, int64_t local, int64_t instant)
{
	int64_t by_rule;

	return zone_instant(zone, local, &by_rule) && by_rule == instant;
}

/* The database says which instant it is: where the zone's rule says another, UTC stays right. */
static void
place(struct calendar_event *e, struct calendar_zone *zone)
{
	if (zone == NULL || !zone->is_known || !agrees(&zone->zone, e->starts_local, e->starts) ||
	    !agrees(&zone->zone, e->ends_local, e->ends))
		return;
	e->zone = zone;
	zone->is_used = true;
}

/* Rows -------------------------------------------------------------------------------------- */

static void
read_event(
    const struct rows *rows, size_t row, const struct columns *at, struct calendar_event *ret)
{
#define READ_TEXT(member, name)   .member = text_at(rows, row, at->member),
#define READ_NUMBER(member, name) .member = strtoll(text_at(rows, row, at->member), NULL, 10),
	*ret = (struct calendar_event){ COLUMNS(READ_TEXT, READ_NUMBER) };
#undef READ_TEXT
#undef READ_NUMBER
	ret->date = recurrence_date_of(text_at(rows, row, at->date));
	ret->anchor = recurrence_date_of(text_at(rows, row, at->anchor));
}

void
calendar_events_read(struct arena *arena, const struct rows *rows, struct calendar_events *ret)
{
	struct columns at = find_columns(rows);

	*ret = (struct calendar_events){ .count = rows_count(rows) };
	ret->events = arena_alloc(arena, (ret->count + 1) * sizeof(ret->events[0]));
	for (size_t row = 0; row < ret->count; row++) {
		read_event(rows, row, &at, &ret->events[row]);
		place(&ret->events[row], find_zone(arena, ret, text_at(rows, row, at.zone)));
	}
}

/* Series ------------------------------------------------------------------------------------ */

recurrence_date
calendar_date(int64_t local)
{
	struct tm parts;

	gmtime_r(&(time_t){ local }, &parts);
	return (parts.tm_year + 1900) * 10000 + (parts.tm_mon + 1) * 100 + parts.tm_mday;
}

static int64_t
local_of(recurrence_date date, int64_t time_of_day)
{
	struct tm parts = { .tm_year = date / 10000 - 1900,
		.tm_mon = date / 100 % 100 - 1,
		.tm_mday = date % 100 };

	return timegm(&parts) + time_of_day;
}

static bool
texts_differ(const char *one, const char *other)
{
	return one == NULL || other == NULL ? one != other : strcmp(one, other) != 0;
}

bool
calendar_differs(const struct calendar_event *master, const struct calendar_event *e)
{
	return e->starts_local != e->planned_local ||
	    e->ends - e->starts != master->ends - master->starts ||
	    texts_differ(e->status, master->status) || texts_differ(e->summary, master->summary) ||
	    texts_differ(e->description, master->description) ||
	    texts_differ(e->location, master->location) || texts_differ(e->point, master->point) ||
	    texts_differ(e->conference, master->conference);
}

static size_t
run_length(const struct calendar_events *events, size_t from)
{
	size_t end = from + 1;

	while (end < events->count &&
	    strcmp(events->events[end].schedule, events->events[from].schedule) == 0)
		end++;
	return end - from;
}

/* The last one that is as planned: it tells best what comes next. */
static const struct calendar_event *
find_master(const struct calendar_series *s)
{
	for (size_t i = s->count; i-- > 0;)
		if (s->events[i].starts_local == s->events[i].planned_local &&
		    strcmp(s->events[i].status, "CANCELLED") != 0)
			return &s->events[i];
	return NULL;
}

/* All in one zone that one rule says, none in the order of another. */
static bool
is_in_order(const struct calendar_series *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->events[i].zone == NULL || s->events[i].zone != s->master->zone ||
		    (i > 0 && s->events[i].starts_local <= s->events[i - 1].starts_local))
			return false;
	return true;
}

/* Whether a meeting at this local time lasts as long on the clock as it does. */
static bool
is_plain(const struct calendar_series *s, int64_t local, int64_t *ret_instant)
{
	struct zone *zone = &s->master->zone->zone;
	int64_t lasts = s->master->ends - s->master->starts;

	return zone_instant(zone, local, ret_instant) &&
	    agrees(zone, local + lasts, *ret_instant + lasts);
}

/*
 * The last second of a day, as Google writes it. Some readers hold the end against a date by the
 * offset of the first one: they would lose the last date to an end in summer that is exact.
 */
static int64_t
end_of_day(struct zone *zone, int64_t local, int64_t instant)
{
	zone_instant(zone, local - local % DAY + DAY - 1, &instant);
	return instant;
}

/*
 * Walks along the dates that the rule makes: each is one of the meetings, or is left out. False if
 * a meeting is on no such date, or if a date is none of plain time.
 */
static bool
match_dates(
    struct arena *arena, struct calendar_series *s, const recurrence_date *dates, size_t count)
{
	int64_t time_of_day = s->master->planned_local - local_of(s->master->date, 0), local;
	int64_t *left_out = arena_alloc(arena, (count + 1) * sizeof(left_out[0])), instant;
	size_t next = 0;

	s->left_out = left_out;
	for (size_t i = 0; i < count; i++) {
		local = local_of(dates[i], time_of_day);
		if (!is_plain(s, local, &instant))
			return false;
		s->until = end_of_day(&s->master->zone->zone, local, instant);
		if (next < s->count && s->events[next].date == dates[i])
			next++;
		else
			left_out[s->left_out_count++] = local;
	}
	s->first_local = local_of(s->events[0].date, time_of_day);
	return next == s->count;
}

bool
calendar_series_find(struct arena *arena, const struct calendar_events *events, size_t from,
    struct calendar_series *ret)
{
	const struct calendar_event *first = &events->events[from];
	struct recurrence rule = { .start = first->anchor, .rule_count = 1, .rules = &first->rule };
	const recurrence_date *dates;
	size_t count;

	*ret = (struct calendar_series){ .count = run_length(events, from), .events = first };
	if (first->rule == NULL || ret->count < 2 || (ret->master = find_master(ret)) == NULL ||
	    !is_in_order(ret))
		return false;
	count = recurrence_dates(
	    arena, &rule, first->date, ret->events[ret->count - 1].date, 0, &dates);
	return match_dates(arena, ret, dates, count);
}
