/* recurrence_simple.c: rules as people say them, and as RFC 5545 writes them. */
#include <libical/ical.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/json.h"
#include "core/recurrence.h"

/* clang-format off */
static const struct {
	const char *name;
	const char *frequency;
	icalrecurrencetype_frequency libical;
} units[] = {
	{ "day",   "DAILY",   ICAL_DAILY_RECURRENCE   },
	{ "week",  "WEEKLY",  ICAL_WEEKLY_RECURRENCE  },
	{ "month", "MONTHLY", ICAL_MONTHLY_RECURRENCE },
	{ "year",  "YEARLY",  ICAL_YEARLY_RECURRENCE  },
};

static const struct {
	const char *name;
	const char *code;
	icalrecurrencetype_weekday libical;
} weekdays[] = {
	{ "monday",    "MO", ICAL_MONDAY_WEEKDAY    },
	{ "tuesday",   "TU", ICAL_TUESDAY_WEEKDAY   },
	{ "wednesday", "WE", ICAL_WEDNESDAY_WEEKDAY },
	{ "thursday",  "TH", ICAL_THURSDAY_WEEKDAY  },
	{ "friday",    "FR", ICAL_FRIDAY_WEEKDAY    },
	{ "saturday",  "SA", ICAL_SATURDAY_WEEKDAY  },
	{ "sunday",    "SU", ICAL_SUNDAY_WEEKDAY    },
};

static const struct {
	const char *name;
	int position;
} positions[] = {
	{ "first", 1 }, { "second", 2 }, { "third", 3 }, { "fourth", 4 }, { "fifth", 5 }, { "last", -1 },
};
/* clang-format on */

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *
weekday_code(const char *name)
{
	for (size_t i = 0; i < COUNT(weekdays); i++)
		if (strcmp(weekdays[i].name, name) == 0)
			return weekdays[i].code;
	return NULL;
}

/* The number before "first ", and what follows it in *ret_rest; 0 if there is none. */
static int
position_of(const char *words, const char **ret_rest)
{
	for (size_t i = 0; i < COUNT(positions); i++) {
		size_t length = strlen(positions[i].name);

		if (strncmp(words, positions[i].name, length) == 0 && words[length] == ' ') {
			*ret_rest = words + length + 1;
			return positions[i].position;
		}
	}
	return 0;
}

/* Adds one entry of `on` to the list it belongs to; false if it does not fit the unit. */
static bool
add_day(const char *unit, const char *on, struct buffer *by_day, struct buffer *by_month_day)
{
	const char *code = weekday_code(on), *rest;
	int position = position_of(on, &rest);
	bool is_week = strcmp(unit, "week") == 0, is_month = strcmp(unit, "month") == 0;
	struct buffer *list = by_day;

	if (strcmp(on, "last day") == 0 || strncmp(on, "day ", 4) == 0)
		list = by_month_day;
	if (list->length > 0)
		buffer_string(list, ",");
	if (is_week && code != NULL)
		buffer_string(by_day, code);
	else if (is_month && strcmp(on, "last day") == 0)
		buffer_string(by_month_day, "-1");
	else if (is_month && list == by_month_day)
		buffer_printf(by_month_day, "%ld", strtol(on + 4, NULL, 10));
	else if (is_month && position != 0 && weekday_code(rest) != NULL)
		buffer_printf(by_day, "%d%s", position, weekday_code(rest));
	else
		return false;
	return true;
}

static void
write_months(struct buffer *out, const struct recurrence_simple *simple)
{
	for (size_t i = 0; i < simple->month_count; i++)
		buffer_printf(out, "%s%d", i == 0 ? ";BYMONTH=" : ",", simple->months[i]);
}

/* Days of the week and of the month together would have to fit both: they make two rules of it. */
const char *
recurrence_compile(struct arena *arena, const struct recurrence_simple *simple, size_t *ret_at)
{
	struct buffer by_day, by_month_day, rule;
	struct recurrence_parts parts;
	const char *error;

	buffer_init(&by_day, arena, 0);
	buffer_init(&by_month_day, arena, 0);
	buffer_init(&rule, arena, 64);
	for (*ret_at = 0; *ret_at < simple->on_count; (*ret_at)++)
		if (!add_day(simple->unit, simple->on[*ret_at], &by_day, &by_month_day) ||
		    (by_day.length > 0 && by_month_day.length > 0))
			return NULL;
	for (size_t i = 0; i < COUNT(units); i++)
		if (strcmp(units[i].name, simple->unit) == 0)
			buffer_printf(
			    &rule, "FREQ=%s;INTERVAL=%d", units[i].frequency, simple->every);
	if (by_day.length > 0)
		buffer_printf(&rule, ";BYDAY=%s", buffer_text(&by_day));
	if (by_month_day.length > 0)
		buffer_printf(&rule, ";BYMONTHDAY=%s", buffer_text(&by_month_day));
	write_months(&rule, simple);
	return recurrence_read(arena, buffer_text(&rule), &parts, &error) ? parts.rule : NULL;
}

static size_t
list_length(const short *list)
{
	size_t length = 0;

	while (list[length] != ICAL_RECURRENCE_ARRAY_MAX)
		length++;
	return length;
}

static const char *
weekday_name(short day)
{
	for (size_t i = 0; i < COUNT(weekdays); i++)
		if (weekdays[i].libical == icalrecurrencetype_day_day_of_week(day))
			return weekdays[i].name;
	return NULL;
}

static const char *
position_name(int position)
{
	for (size_t i = 0; i < COUNT(positions); i++)
		if (positions[i].position == position)
			return positions[i].name;
	return NULL;
}

/* What a day is called in `on`; NULL if it has no name. */
static const char *
day_name(struct arena *arena, const struct icalrecurrencetype *rule, size_t at)
{
	short day = rule->by_day[at];
	int position = icalrecurrencetype_day_position(day);
	bool is_month = rule->freq == ICAL_MONTHLY_RECURRENCE;

	if (rule->freq == ICAL_WEEKLY_RECURRENCE)
		return weekday_name(day);
	if (!is_month || position_name(position) == NULL)
		return NULL;
	return arena_printf(arena, "%s %s", position_name(position), weekday_name(day));
}

static const char *
month_day_name(struct arena *arena, const struct icalrecurrencetype *rule, size_t at)
{
	short day = rule->by_month_day[at];

	if (rule->freq != ICAL_MONTHLY_RECURRENCE || day < -1)
		return NULL;
	return day == -1 ? "last day" : arena_printf(arena, "day %d", day);
}

static bool
name_days(struct arena *arena, const struct icalrecurrencetype *rule, struct recurrence_simple *ret)
{
	size_t days = list_length(rule->by_day), month_days = list_length(rule->by_month_day);

	if (days + month_days > RECURRENCE_DAYS_MAX || (days > 0 && month_days > 0))
		return false;
	ret->on_count = days + month_days;
	for (size_t i = 0; i < ret->on_count; i++) {
		ret->on[i] = days > 0 ? day_name(arena, rule, i) : month_day_name(arena, rule, i);
		if (ret->on[i] == NULL)
			return false;
	}
	return true;
}

/* Weeks begin on Monday, which only makes a difference when some of them are left out. */
static bool
is_sayable(const struct icalrecurrencetype *rule)
{
	return list_length(rule->by_set_pos) == 0 &&
	    (rule->week_start == ICAL_MONDAY_WEEKDAY || rule->interval == 1 ||
		rule->freq != ICAL_WEEKLY_RECURRENCE) &&
	    (rule->freq != ICAL_YEARLY_RECURRENCE || list_length(rule->by_month) == 0);
}

bool
recurrence_simplify(struct arena *arena, const char *text, struct recurrence_simple *ret)
{
	struct icalrecurrencetype rule = icalrecurrencetype_from_string(text);
	struct recurrence_simple simple = { .every = rule.interval };

	for (size_t i = 0; i < COUNT(units); i++)
		if (units[i].libical == rule.freq)
			simple.unit = units[i].name;
	if (simple.unit == NULL || !is_sayable(&rule) || !name_days(arena, &rule, &simple))
		return false;
	simple.month_count = list_length(rule.by_month);
	if (simple.month_count > RECURRENCE_MONTHS_MAX)
		return false;
	for (size_t i = 0; i < simple.month_count; i++)
		simple.months[i] = rule.by_month[i];
	*ret = simple;
	return true;
}

static void
write_simple(struct buffer *out, const struct recurrence_simple *simple)
{
	buffer_printf(out, "{\"unit\":\"%s\",\"every\":%d", simple->unit, simple->every);
	for (size_t i = 0; i < simple->on_count; i++) {
		buffer_string(out, i == 0 ? ",\"on\":[" : ",");
		json_write_string(out, simple->on[i], strlen(simple->on[i]));
	}
	buffer_string(out, simple->on_count > 0 ? "]" : "");
	for (size_t i = 0; i < simple->month_count; i++)
		buffer_printf(out, "%s%d", i == 0 ? ",\"months\":[" : ",", simple->months[i]);
	buffer_string(out, simple->month_count > 0 ? "]}" : "}");
}

const char *
recurrence_simple_json(struct arena *arena, const char *const *rules, size_t rule_count)
{
	struct recurrence_simple simple;
	struct buffer out;

	buffer_init(&out, arena, 128);
	for (size_t i = 0; i < rule_count; i++) {
		if (!recurrence_simplify(arena, rules[i], &simple))
			return NULL;
		buffer_string(&out, i == 0 ? "[" : ",");
		write_simple(&out, &simple);
	}
	buffer_string(&out, "]");
	return rule_count == 0 ? NULL : buffer_text(&out);
}
