/* zone.c: the rules of zones out of the zone data, in the form of POSIX. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/zone.h"

#define ZONE_DATA     "/usr/share/zoneinfo/"
#define ZONE_FILE_MAX ((size_t)16 * 1024)
#define DAY           INT64_C(86400)

static const char *
skip(const char *text, char c)
{
	return text != NULL && *text == c ? text + 1 : NULL;
}

/* "<+03>" or "CET". NULL if there is no name. */
static const char *
read_name(struct arena *arena, const char *text, const char **ret)
{
	bool is_quoted = *text == '<';
	size_t length = is_quoted ? strcspn(++text, ">") : strcspn(text, "+-,0123456789");

	*ret = arena_copy(arena, text, length);
	return length == 0 ? NULL : is_quoted ? skip(text + length, '>') : text + length;
}

/* "-1", "2:30", "10": hours, minutes and seconds. NULL if there is none. */
static const char *
read_time(const char *text, int *ret)
{
	int sign = *text == '-' ? -1 : 1, unit = 60 * 60, total = 0;

	text += *text == '-' || *text == '+';
	for (;;) {
		char *end;

		total += (int)strtol(text, &end, 10) * unit;
		if (end == text)
			return NULL;
		text = end;
		if (*text != ':' || unit == 1)
			break;
		text++;
		unit /= 60;
	}
	*ret = sign * total;
	return text;
}

static const char *
read_number(const char *text, char before, int *ret)
{
	char *end;

	if ((text = skip(text, before)) == NULL)
		return NULL;
	*ret = (int)strtol(text, &end, 10);
	return end == text ? NULL : end;
}

/* ",M3.5.0/2": other forms, and times of other days, are not for calendars. */
static const char *
read_change(const char *text, struct zone_change *ret)
{
	ret->seconds = 2 * 60 * 60;
	text = read_number(skip(text, ','), 'M', &ret->month);
	text = read_number(text, '.', &ret->week);
	text = read_number(text, '.', &ret->weekday);
	if (text != NULL && *text == '/')
		text = read_time(text + 1, &ret->seconds);
	return ret->seconds >= 0 && ret->seconds < DAY ? text : NULL;
}

/* Some call the winter "daylight" and put it back (Ireland): for calendars it is the other way. */
static void
turn_round(struct zone *zone)
{
	struct zone was = *zone;

	zone->standard = was.daylight;
	zone->standard_name = was.daylight_name;
	zone->daylight = was.standard;
	zone->daylight_name = was.standard_name;
	zone->to_daylight = was.to_standard;
	zone->to_standard = was.to_daylight;
}

bool
zone_parse(struct arena *arena, const char *name, const char *rule, struct zone *ret)
{
	struct zone zone = { .name = name };

	if ((rule = read_name(arena, rule, &zone.standard_name)) == NULL ||
	    (rule = read_time(rule, &zone.standard)) == NULL)
		return false;
	zone.standard = -zone.standard; /* POSIX counts to the west */
	zone.daylight = zone.standard + 60 * 60;
	zone.changes = *rule != '\0';
	if (zone.changes) {
		if ((rule = read_name(arena, rule, &zone.daylight_name)) == NULL)
			return false;
		if (*rule != ',') {
			if ((rule = read_time(rule, &zone.daylight)) == NULL)
				return false;
			zone.daylight = -zone.daylight;
		}
		rule = read_change(rule, &zone.to_daylight);
		rule = rule == NULL ? NULL : read_change(rule, &zone.to_standard);
		if (rule == NULL || *rule != '\0')
			return false;
		if (zone.daylight < zone.standard)
			turn_round(&zone);
	}
	*ret = zone;
	return true;
}

/* The rule is the last line of the file (RFC 8536, section 3.3). */
static const char *
read_rule(struct arena *arena, const char *name)
{
	char *bytes = arena_alloc(arena, ZONE_FILE_MAX + 1), *start;
	const char *path = arena_printf(arena, ZONE_DATA "%s", name);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = file < 0 ? -1 : read(file, bytes, ZONE_FILE_MAX);

	if (file >= 0)
		close(file);
	if (length < 2 || memcmp(bytes, "TZif", 4) != 0 || bytes[length - 1] != '\n')
		return NULL;
	bytes[length - 1] = '\0';
	start = memrchr(bytes, '\n', (size_t)length - 1);
	return start == NULL ? NULL : start + 1;
}

bool
zone_read(struct arena *arena, const char *name, struct zone *ret)
{
	const char *rule = strstr(name, "..") == NULL ? read_rule(arena, name) : NULL;

	return rule != NULL && zone_parse(arena, name, rule, ret);
}

int64_t
zone_change_in(const struct zone_change *change, int year)
{
	struct tm first = { .tm_year = year - 1900, .tm_mon = change->month - 1, .tm_mday = 1 };
	struct tm next = { .tm_year = year - 1900, .tm_mon = change->month, .tm_mday = 1 };
	int64_t start = timegm(&first), end = timegm(&next), day;

	day = start + ((change->weekday - first.tm_wday + 7) % 7 + (change->week - 1) * 7) * DAY;
	while (day >= end)
		day -= 7 * DAY;
	return day + change->seconds;
}

static void
ask_for(struct zone *zone, int year)
{
	zone->last_asked.year = year;
	zone->last_asked.to_daylight = zone_change_in(&zone->to_daylight, year) - zone->standard;
	zone->last_asked.to_standard = zone_change_in(&zone->to_standard, year) - zone->daylight;
}

int
zone_offset(struct zone *zone, int64_t instant)
{
	time_t local = instant + zone->standard;
	int64_t begins, ends;
	struct tm there;
	bool is_daylight;

	if (!zone->changes)
		return zone->standard;
	gmtime_r(&local, &there);
	if (zone->last_asked.year != there.tm_year + 1900)
		ask_for(zone, there.tm_year + 1900);
	begins = zone->last_asked.to_daylight;
	ends = zone->last_asked.to_standard;
	is_daylight = begins < ends ? instant >= begins && instant < ends :
				      instant >= begins || instant < ends;
	return is_daylight ? zone->daylight : zone->standard;
}

bool
zone_instant(struct zone *zone, int64_t local, int64_t *ret)
{
	int64_t by_standard = local - zone->standard, by_daylight = local - zone->daylight;
	bool is_standard = zone_offset(zone, by_standard) == zone->standard;
	bool is_daylight = zone->changes && zone_offset(zone, by_daylight) == zone->daylight;

	if (is_standard == is_daylight)
		return false;
	*ret = is_standard ? by_standard : by_daylight;
	return true;
}
