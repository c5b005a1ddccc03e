/* zone.h: what the clocks of a place show, as one rule for each of the two changes of a year. */
#ifndef CORE_ZONE_H
#define CORE_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"

/* The n-th such day of a month (5: the last), 0 is Sunday, and how far into it by its own clock. */
struct zone_change {
	int month;
	int week;
	int weekday;
	int seconds;
};

/* Offsets are seconds east of Greenwich; standard time has the smaller one. */
struct zone {
	const char *name;
	const char *standard_name;
	int standard;
	bool changes; /* whether there is daylight time at all */
	const char *daylight_name;
	int daylight;
	struct zone_change to_daylight, to_standard;
	struct {
		int year;
		int64_t to_daylight, to_standard; /* instants */
	} last_asked;                             /* zone.c's own */
};

/*
 * Reads the rule by which a zone goes on, out of the installed zone data. False if there is no such
 * zone or if calendars cannot be told its rule: a change whose day is not simply the n-th weekday
 * of a month. What the clocks showed before the rule began, or by exception (Ramadan in Morocco),
 * it does not say: who has an instant and a local time compares them.
 */
bool zone_read(struct arena *arena, const char *name, struct zone *ret);

/* The same from the rule as POSIX writes it: "CET-1CEST,M3.5.0,M10.5.0/3". */
bool zone_parse(struct arena *arena, const char *name, const char *rule, struct zone *ret);

/* The offset at an instant, in seconds since 1970. */
int zone_offset(struct zone *zone, int64_t instant);

/*
 * The instant at which the clocks show a local time (the same count, as if they were in UTC). False
 * if they show it twice or never.
 */
bool zone_instant(struct zone *zone, int64_t local, int64_t *ret);

/* The local time of a change in a year, by the clock before it. */
int64_t zone_change_in(const struct zone_change *change, int year);

#endif
