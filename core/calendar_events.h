/* calendar_events.h: the rows behind a calendar, and which of them recur; for core/calendar*.c. */
#ifndef CORE_CALENDAR_EVENTS_H
#define CORE_CALENDAR_EVENTS_H

#include "core/db.h"
#include "core/recurrence.h"
#include "core/zone.h"

struct calendar_zone {
	struct zone zone;
	bool is_known; /* it has a rule, and is not UTC itself */
	bool is_used;  /* by an event that is not in UTC */
};

/*
 * One meeting. Instants are seconds since 1970, local times the same as if they were in UTC. NULL
 * texts are absent.
 */
struct calendar_event {
	const char *schedule, *uid, *series_uid;
	recurrence_date date;       /* on which its series has it */
	struct calendar_zone *zone; /* NULL: it has to be in UTC */
	int64_t starts, ends, starts_local, ends_local;
	int64_t planned_local; /* when it would be if it had not been moved */
	const char *status, *summary, *description, *location, *point, *conference, *path;
	int64_t sequence, modified;
	const char *rule; /* NULL: not every client follows it */
	recurrence_date anchor;
	const char *series_path;
	int64_t series_sequence, series_modified;
};

#define CALENDAR_ZONES_MAX 32 /* beyond, events are in UTC */

struct calendar_events {
	size_t count;
	struct calendar_event *events; /* by series and date */
	size_t zone_count;
	struct calendar_zone zones[CALENDAR_ZONES_MAX];
};

/* What rows of feed_events() say; texts are the rows'. */
void calendar_events_read(
    struct arena *arena, const struct rows *rows, struct calendar_events *ret);

/* A run of events of the same series. */
struct calendar_series {
	size_t count;
	const struct calendar_event *events;
	const struct calendar_event
	    *master; /* says what the others are unless they say otherwise */
	int64_t first_local;
	int64_t until; /* the instant at which the day of the last date ends */
	size_t left_out_count;
	const int64_t *left_out; /* local times that the rule makes and nobody meets at */
};

/* The run from an event on. False if it is to be written as single events; count is set anyway. */
bool calendar_series_find(struct arena *arena, const struct calendar_events *events, size_t from,
    struct calendar_series *ret);

/* Whether an event is another than its series says of its date. */
bool calendar_differs(const struct calendar_event *master, const struct calendar_event *event);

/* The date of a local time. */
recurrence_date calendar_date(int64_t local);

#endif
