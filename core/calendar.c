/* calendar.c: rows of meetings become events, recurring ones where all clients can follow. */
#include <stdlib.h>
#include <string.h>

#include "core/calendar.h"
#include "core/calendar_events.h"
#include "core/recurrence_words.h"

#define PRODUCT     "-//Runde//Calendar//EN"
#define COLOUR      "teal"
#define COLOUR_CODE "#008080"
#define REFRESH     "PT1H"

#define HOUR INT64_C(3600)
#define DAY  (24 * HOUR)

static const struct words {
	const char *language;
	const char *name;      /* of a calendar that has none */
	const char *title;     /* of an event that is not to say what it is */
	const char *cancelled; /* before the title */
	const char *moved;     /* before the time that was planned */
	const char *nothing;   /* that there are no meetings */
} words_in[] = {
	{ "de", "Treffen", "Termin", "Abgesagt: ", "Verlegt; geplant war: ", "Keine Termine" },
	{ "en", "Meetings", "Appointment", "Cancelled: ", "Moved; planned was: ", "No dates" },
};

struct drawing {
	struct content content;
	const struct calendar *calendar;
	const struct words *words;
	struct arena *arena;
};

static const struct words *
words_of(const char *language)
{
	return &words_in[strcmp(language, words_in[1].language) == 0];
}

/* What is above the events ------------------------------------------------------------------ */

static void
write_change(struct drawing *d, const char *component, const char *name, int from, int to,
    const struct zone_change *change)
{
	static const char *const days[] = { "SU", "MO", "TU", "WE", "TH", "FR", "SA" };
	struct content *c = &d->content;

	content_begin(c, component);
	content_local(c, "DTSTART", change == NULL ? 0 : zone_change_in(change, 1970));
	content_offset(c, "TZOFFSETFROM", from);
	content_offset(c, "TZOFFSETTO", to);
	content_word(c, "TZNAME", name);
	if (change != NULL)
		content_rule(c,
		    arena_printf(d->arena, "FREQ=YEARLY;BYMONTH=%d;BYDAY=%d%s", change->month,
			change->week == 5 ? -1 : change->week, days[change->weekday]),
		    0);
	content_end(c, component);
}

/* Outlook reads one pair of changes and no more (MS-STANOICAL 2.2.47). */
static void
write_zone(struct drawing *d, const struct zone *zone)
{
	content_begin(&d->content, "VTIMEZONE");
	content_word(&d->content, "TZID", zone->name);
	if (zone->changes)
		write_change(d, "DAYLIGHT", zone->daylight_name, zone->standard, zone->daylight,
		    &zone->to_daylight);
	write_change(d, "STANDARD", zone->standard_name,
	    zone->changes ? zone->daylight : zone->standard, zone->standard,
	    zone->changes ? &zone->to_standard : NULL);
	content_end(&d->content, "VTIMEZONE");
}

static void
write_head(struct drawing *d, const char *zone)
{
	const struct calendar *calendar = d->calendar;
	const char *otherwise = calendar->is_personal ? calendar->title : NULL,
		   *name = calendar->name;
	struct content *c = &d->content;

	if (name == NULL)
		name = otherwise != NULL ? otherwise : d->words->name;
	content_word(c, "VERSION", "2.0");
	content_word(c, "PRODID", PRODUCT);
	content_word(c, "CALSCALE", "GREGORIAN");
	if (calendar->method != NULL) {
		content_word(c, "METHOD", calendar->method);
		return;
	}
	content_text(c, "NAME", name);
	content_text(c, "X-WR-CALNAME", name);
	content_text(c, "DESCRIPTION", calendar->summary);
	content_text(c, "X-WR-CALDESC", calendar->summary);
	content_word(c, "COLOR", COLOUR);
	content_word(c, "X-APPLE-CALENDAR-COLOR", COLOUR_CODE);
	content_word(c, "X-WR-TIMEZONE", zone);
	content_duration(c, "REFRESH-INTERVAL", REFRESH, true);
	content_duration(c, "X-PUBLISHED-TTL", REFRESH, false);
}

static void
write_zones(struct drawing *d, const struct calendar_events *events)
{
	for (size_t i = 0; i < events->zone_count; i++)
		if (events->zones[i].is_used)
			write_zone(d, &events->zones[i].zone);
}

static const char *
main_zone(const struct calendar_events *events)
{
	for (size_t i = 0; i < events->zone_count; i++)
		if (events->zones[i].is_used)
			return events->zones[i].zone.name;
	return "UTC";
}

/* Events ------------------------------------------------------------------------------------ */

static const char *
title_of(const struct drawing *d, const struct calendar_event *e)
{
	return e->summary != NULL      ? e->summary :
	    d->calendar->title != NULL ? d->calendar->title :
					 d->words->title;
}

static bool
is_cancelled(const struct calendar_event *e)
{
	return strcmp(e->status, "CANCELLED") == 0;
}

static const char *
description_of(struct drawing *d, const struct calendar_event *e)
{
	const char *planned;

	if (e->summary == NULL || e->starts_local == e->planned_local)
		return e->description;
	planned = recurrence_moment(d->arena, d->words->language, calendar_date(e->planned_local),
	    (int)(e->planned_local % DAY / 60));
	return arena_printf(d->arena, "%s%s%s%s", d->words->moved, planned,
	    e->description == NULL ? "" : "\n", e->description == NULL ? "" : e->description);
}

static void
write_alarm(struct drawing *d, const char *title)
{
	struct content *c = &d->content;

	content_begin(c, "VALARM");
	content_word(c, "ACTION", "DISPLAY");
	content_duration(c, "TRIGGER", arena_printf(d->arena, "-%s", d->calendar->alarm), false);
	content_text(c, "DESCRIPTION", title);
	content_end(c, "VALARM");
}

/* Google takes away what is cancelled, Outlook shows it as if it were not: so its title says it. */
static void
write_details(struct drawing *d, const struct calendar_event *e, const char *path)
{
	const char *title = title_of(d, e);
	struct content *c = &d->content;

	content_uri(c, "ORGANIZER", d->calendar->organizer, false);
	content_uri(c, "ATTENDEE", d->calendar->attendee, false);
	content_word(c, "STATUS", e->status);
	if (strcmp(e->status, "CONFIRMED") != 0)
		content_word(c, "TRANSP", "TRANSPARENT");
	content_text(c, "SUMMARY",
	    is_cancelled(e) ? arena_printf(d->arena, "%s%s", d->words->cancelled, title) : title);
	content_text(c, "DESCRIPTION", description_of(d, e));
	content_text(c, "LOCATION", e->location);
	content_point(c, e->point);
	content_uri(c, "CONFERENCE", e->conference, true);
	content_uri(c, "URL", arena_printf(d->arena, "%s%s", d->calendar->base_url, path), false);
	if (d->calendar->is_personal)
		content_word(c, "CLASS", "PRIVATE");
	if (d->calendar->alarm != NULL && !is_cancelled(e))
		write_alarm(d, title);
}

static void
write_stamp(struct drawing *d, const char *uid, int64_t modified, int64_t sequence)
{
	struct content *c = &d->content;

	content_begin(c, "VEVENT");
	content_word(c, "UID", uid);
	content_time(c, "DTSTAMP", NULL, modified);
	content_time(c, "LAST-MODIFIED", NULL, modified);
	content_number(c, "SEQUENCE", sequence);
}

static void
write_times(struct drawing *d, const char *zone, int64_t starts, int64_t ends)
{
	content_time(&d->content, "DTSTART", zone, starts);
	content_time(&d->content, "DTEND", zone, ends);
}

static void
write_single(struct drawing *d, const struct calendar_event *e)
{
	write_stamp(d, e->uid, e->modified, e->sequence);
	if (e->zone != NULL)
		write_times(d, e->zone->zone.name, e->starts_local, e->ends_local);
	else
		write_times(d, NULL, e->starts, e->ends);
	write_details(d, e, e->path);
	content_end(&d->content, "VEVENT");
}

/* All parts of a series have the revision of the series: clients take them as one. */
static void
write_override(struct drawing *d, const struct calendar_series *s, const struct calendar_event *e)
{
	write_stamp(
	    d, s->master->series_uid, s->master->series_modified, s->master->series_sequence);
	content_time(&d->content, "RECURRENCE-ID", e->zone->zone.name, e->planned_local);
	write_times(d, e->zone->zone.name, e->starts_local, e->ends_local);
	write_details(d, e, e->path);
	content_end(&d->content, "VEVENT");
}

static void
write_master(struct drawing *d, const struct calendar_series *s)
{
	const struct calendar_event *master = s->master;
	const char *zone = master->zone->zone.name;

	write_stamp(d, master->series_uid, master->series_modified, master->series_sequence);
	write_times(d, zone, s->first_local, s->first_local + (master->ends - master->starts));
	content_rule(&d->content, master->rule, s->until);
	for (size_t i = 0; i < s->left_out_count; i++)
		content_time(&d->content, "EXDATE", zone, s->left_out[i]);
	write_details(d, master, master->series_path);
	content_end(&d->content, "VEVENT");
}

static void
write_series(struct drawing *d, const struct calendar_series *s)
{
	write_master(d, s);
	for (size_t i = 0; i < s->count; i++)
		if (calendar_differs(s->master, &s->events[i]))
			write_override(d, s, &s->events[i]);
}

static void
write_events(struct drawing *d, const struct calendar_events *events)
{
	struct calendar_series series;

	for (size_t i = 0; i < events->count; i += series.count) {
		if (calendar_series_find(d->arena, events, i, &series)) {
			write_series(d, &series);
			continue;
		}
		for (size_t k = 0; k < series.count; k++)
			write_single(d, &series.events[k]);
	}
}

static void
write_placeholder(struct drawing *d)
{
	const struct calendar *calendar = d->calendar;

	write_stamp(d, calendar->placeholder, calendar->since, 0);
	write_times(d, NULL, calendar->since, calendar->since + HOUR);
	content_word(&d->content, "STATUS", "CANCELLED");
	content_word(&d->content, "TRANSP", "TRANSPARENT");
	content_word(&d->content, "SUMMARY", d->words->nothing);
	content_uri(&d->content, "URL", calendar->base_url, false);
	content_end(&d->content, "VEVENT");
}

bool
calendar_write(struct buffer *out, const struct calendar *calendar, const struct rows *rows,
    enum content_format format)
{
	struct drawing d = {
		.calendar = calendar, .words = words_of(calendar->language), .arena = out->arena
	};
	struct calendar_events events;

	if (rows_count(rows) > CALENDAR_EVENTS_MAX)
		return false;
	content_init(&d.content, out, format);
	calendar_events_read(out->arena, rows, &events);
	content_begin(&d.content, "VCALENDAR");
	write_head(&d, main_zone(&events));
	write_zones(&d, &events);
	write_events(&d, &events);
	if (events.count == 0)
		write_placeholder(&d);
	content_end(&d.content, "VCALENDAR");
	return true;
}
