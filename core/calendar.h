/* calendar.h: the meetings of a feed as a calendar that every client gets right. */
#ifndef CORE_CALENDAR_H
#define CORE_CALENDAR_H

#include "core/content.h"
#include "core/db.h"

#define CALENDAR_EVENTS_MAX 10000

/* What stands above the events. Strings are borrowed. */
struct calendar {
	const char *base_url; /* of links */
	const char *language; /* "de" or "en" */
	const char *name;     /* NULL: in general words */
	const char *summary;  /* or NULL */
	const char *title; /* of events that are not to say what they are; NULL: in general words */
	const char *alarm; /* how long before each: "PT1H"; NULL: none */
	bool is_personal;
	const char *placeholder; /* the UID of an event that stands for none */
	int64_t since;           /* where the window begins */
	/* Of one that is mailed (RFC 5546): NULL, or PUBLISH, REQUEST, CANCEL. */
	const char *method;
	const char *organizer; /* mailto: of whom it is from */
	const char *attendee;  /* mailto: of whom it is for; NULL: nobody is asked to come */
};

/*
 * Writes rows of feed_events() as one VCALENDAR. The same rows give the same bytes. libical has no
 * part in it: tests/calendars has four readers of other makes read what is written here.
 *
 * Every zone has one VTIMEZONE with one STANDARD and at most one DAYLIGHT. An instant that those
 * two do not give exactly, or a local time that the clocks show twice, is written in UTC. So is
 * what is in UTC anyway: some take a series there to be in the zone of the calendar. A series is
 * one recurring event with exceptions to it if
 *
 *   - its rule is one that every client follows (the row says it), from its first date here on,
 *   - none of its times needs to be in UTC, and its clock is not changed during a meeting,
 *   - no date was moved to before or behind another one,
 *
 * and else an event for each meeting. A recurring event ends with the last date here: what is not
 * planned yet is not promised.
 *
 * Without any meeting there is one event nevertheless, cancelled and over: clients take an empty
 * calendar for a mistake and go on showing what they had.
 *
 * False if there are more than CALENDAR_EVENTS_MAX rows.
 */
bool calendar_write(struct buffer *out, const struct calendar *calendar, const struct rows *events,
    enum content_format format);

#endif
