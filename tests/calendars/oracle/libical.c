/* libical.c: the events of calendars as libical reads them: for each file named, a line of JSON. */
#include <jansson.h>
#include <libical/ical.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOREVER "20990101T000000Z"

static const struct {
	const char *name;
	icalproperty_kind kind;
} texts[] = {
	{ "status", ICAL_STATUS_PROPERTY },
	{ "summary", ICAL_SUMMARY_PROPERTY },
	{ "location", ICAL_LOCATION_PROPERTY },
	{ "description", ICAL_DESCRIPTION_PROPERTY },
	{ "url", ICAL_URL_PROPERTY },
	{ "conference", ICAL_CONFERENCE_PROPERTY },
};

/* A calendar, what was read of it so far, and what is wrong with it. */
struct reading {
	icalcomponent *calendar;
	json_t *events;
	const char *error;
};

/* An event that is about to be added. */
struct drawing {
	struct reading *reading;
	icalcomponent *event;
};

static json_int_t
seconds(struct reading *r, struct icaltimetype time)
{
	if (!icaltime_is_utc(time) && time.zone == NULL)
		r->error = "a time is of no zone";
	return (json_int_t)icaltime_as_timet_with_zone(time, time.zone);
}

/* A value as it was meant: without its escapes. */
static json_t *
text_of(icalcomponent *event, icalproperty_kind kind)
{
	icalproperty *property = icalcomponent_get_first_property(event, kind);
	const icalvalue *value = property == NULL ? NULL : icalproperty_get_value(property);

	if (value == NULL)
		return json_null();
	if (kind == ICAL_STATUS_PROPERTY)
		return json_string(
		    icalproperty_status_to_string(icalproperty_get_status(property)));
	return json_string(icalvalue_isa(value) == ICAL_URI_VALUE ? icalvalue_get_uri(value) :
								    icalvalue_get_text(value));
}

static void
add(struct reading *r, icalcomponent *event, json_t *recurrence, json_int_t start, json_int_t end)
{
	json_t *made = json_pack("{ss so sI sI}", "uid", icalcomponent_get_uid(event), "recurrence",
	    recurrence, "start", start, "end", end);

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		json_object_set_new(made, texts[i].name, text_of(event, texts[i].kind));
	json_array_append_new(r->events, made);
}

static icalproperty *
recurrence_of(icalcomponent *event)
{
	return icalcomponent_get_first_property(event, ICAL_RECURRENCEID_PROPERTY);
}

/* In the zone of the calendar, which icalcomponent_get_recurrenceid() would not look for. */
static json_int_t
recurrence_seconds(struct reading *r, icalcomponent *event)
{
	return seconds(r, icalproperty_get_datetime_with_component(recurrence_of(event), event));
}

/* Whether a date of a series has an event of its own. */
static bool
is_overridden(struct reading *r, const char *uid, json_int_t date)
{
	icalcompiter all = icalcomponent_begin_component(r->calendar, ICAL_VEVENT_COMPONENT);

	for (icalcomponent *event; (event = icalcompiter_deref(&all)); icalcompiter_next(&all))
		if (recurrence_of(event) != NULL &&
		    strcmp(icalcomponent_get_uid(event), uid) == 0 &&
		    recurrence_seconds(r, event) == date)
			return true;
	return false;
}

static void
add_date(icalcomponent *event, struct icaltime_span *span, void *context)
{
	struct drawing *d = context;

	(void)event;
	if (!is_overridden(d->reading, icalcomponent_get_uid(d->event), span->start))
		add(d->reading, d->event, json_integer(span->start), span->start, span->end);
}

static void
add_single(struct reading *r, icalcomponent *event)
{
	json_t *recurrence =
	    recurrence_of(event) == NULL ? json_null() : json_integer(recurrence_seconds(r, event));

	add(r, event, recurrence, seconds(r, icalcomponent_get_dtstart(event)),
	    seconds(r, icalcomponent_get_dtend(event)));
}

static void
read_event(struct reading *r, icalcomponent *event)
{
	struct drawing d = { .reading = r, .event = event };

	if (icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY) == NULL)
		add_single(r, event);
	else
		icalcomponent_foreach_recurrence(
		    event, icaltime_null_time(), icaltime_from_string(FOREVER), add_date, &d);
}

static void
read_calendar(struct reading *r)
{
	icalcompiter all = icalcomponent_begin_component(r->calendar, ICAL_VEVENT_COMPONENT);

	if (icalcomponent_count_errors(r->calendar) > 0)
		r->error = "a line is not understood";
	else if (!icalrestriction_check(r->calendar))
		r->error = "a component has too many or too few of something";
	for (icalcomponent *event; r->error == NULL && (event = icalcompiter_deref(&all));
	     icalcompiter_next(&all))
		read_event(r, event);
}

static char *
bytes_of(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *bytes = NULL;
	size_t size = 0;

	if (file != NULL && getdelim(&bytes, &size, '\0', file) < 0)
		*bytes = '\0';
	if (file != NULL)
		fclose(file);
	return bytes;
}

static void
answer(const char *path)
{
	char *bytes = bytes_of(path);
	struct reading reading = { .calendar = icalparser_parse_string(bytes),
		.events = json_array() };
	json_t *said;

	if (reading.calendar == NULL)
		reading.error = "is no calendar";
	else
		read_calendar(&reading);
	said = reading.error != NULL ? json_pack("{ss}", "error", reading.error) :
				       json_pack("{sO}", "events", reading.events);
	json_dumpf(said, stdout, JSON_COMPACT);
	puts("");
	json_decref(said);
	json_decref(reading.events);
	if (reading.calendar != NULL)
		icalcomponent_free(reading.calendar);
	free(bytes);
}

int
main(int count, char **words)
{
	for (int i = 1; i < count; i++)
		answer(words[i]);
	return 0;
}
