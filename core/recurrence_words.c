/* recurrence_words.c: when a series meets, as a sentence for people. */
#include <stdarg.h>
#include <string.h>

#include "core/buffer.h"
#include "core/json.h"
#include "core/recurrence_words.h"

/* In templates each % stands for the next part. */
struct language {
	const char *code;
	const char *and;
	const char *weekdays[7];
	const char *months[12];
	const char *ordinals[6]; /* first to fifth, last */
	const char *days[31];    /* of the month */
	const char *last_day;
	const char *once, *daily, *every_days, *weekly, *every_weeks, *monthly, *every_months;
	const char *monthly_day, *yearly, *every_years;
	const char *moment, *time, *season, *some_months, *until, *sessions, *no_holidays;
};

/* clang-format off */
static const struct language languages[] = {
	{
		.code = "de",
		.and = " und ",
		.weekdays = { "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag" },
		.months = { "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
		            "Oktober", "November", "Dezember" },
		.ordinals = { "1.", "2.", "3.", "4.", "5.", "letzten" },
		.days = { "1.", "2.", "3.", "4.", "5.", "6.", "7.", "8.", "9.", "10.", "11.", "12.", "13.", "14.",
		          "15.", "16.", "17.", "18.", "19.", "20.", "21.", "22.", "23.", "24.", "25.", "26.", "27.",
		          "28.", "29.", "30.", "31." },
		.last_day     = "letzten Tag",
		.once         = "am %, % % %",
		.daily        = "täglich",
		.every_days   = "alle % Tage",
		.weekly       = "jeden %",
		.every_weeks  = "alle % Wochen am %",
		.monthly      = "jeden % im Monat",
		.every_months = "alle % Monate am %",
		.monthly_day  = "am % jedes Monats",
		.yearly       = "jedes Jahr am % %",
		.every_years  = "alle % Jahre am % %",
		.moment       = "%, % % %, % Uhr",
		.time         = ", %–% Uhr",
		.season       = ", von % bis %",
		.some_months  = ", nur im %",
		.until        = ", bis % % %",
		.sessions     = ", % Termine",
		.no_holidays  = ", nicht an Feiertagen",
	},
	{
		.code = "en",
		.and = " and ",
		.weekdays = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday" },
		.months = { "January", "February", "March", "April", "May", "June", "July", "August", "September",
		            "October", "November", "December" },
		.ordinals = { "1st", "2nd", "3rd", "4th", "5th", "last" },
		.days = { "1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th", "10th", "11th", "12th",
		          "13th", "14th", "15th", "16th", "17th", "18th", "19th", "20th", "21st", "22nd", "23rd",
		          "24th", "25th", "26th", "27th", "28th", "29th", "30th", "31st" },
		.last_day     = "last day",
		.once         = "on %, % % %",
		.daily        = "every day",
		.every_days   = "every % days",
		.weekly       = "every %",
		.every_weeks  = "every % weeks on %",
		.monthly      = "every % of the month",
		.every_months = "every % months on the %",
		.monthly_day  = "on the % of every month",
		.yearly       = "every year on the % of %",
		.every_years  = "every % years on the % of %",
		.moment       = "%, % % %, %",
		.time         = ", %–%",
		.season       = ", from % to %",
		.some_months  = ", only in %",
		.until        = ", until the % of % %",
		.sessions     = ", % dates",
		.no_holidays  = ", not on public holidays",
	},
};

static const char *const weekday_words[] = {
	"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
};
static const char *const position_words[] = { "first ", "second ", "third ", "fourth ", "fifth ", "last " };
/* clang-format on */

#define POSITIONS (sizeof(position_words) / sizeof(position_words[0]))

/* Appends a template with its parts, which are strings. */
static void
write(struct buffer *out, const char *template, ...)
{
	va_list parts;

	va_start(parts, template);
	for (; *template != '\0'; template ++) {
		if (*template == '%')
			buffer_string(out, va_arg(parts, const char *));
		else
			buffer_append(out, template, 1);
	}
	va_end(parts);
}

static const char *
number(struct buffer *out, int value)
{
	return arena_printf(out->arena, "%d", value);
}

/* Appends what stands between the entry before and this one of a list: "a, b and c". */
static void
separate(struct buffer *out, const struct language *l, size_t at, size_t count)
{
	if (at > 0)
		buffer_string(out, at + 1 == count ? l->and : ", ");
}

static size_t
weekday_of(const char *word)
{
	size_t i = 0;

	while (i < 6 && strcmp(weekday_words[i], word) != 0)
		i++;
	return i;
}

/* The weekday of a date, 0 is Monday (Sakamoto's congruence). */
static size_t
weekday_on(recurrence_date date)
{
	static const int shifts[] = { 0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4 };
	int year = date / 10000, month = date / 100 % 100, day = date % 100;

	year -= month < 3;
	return (
	    size_t)((year + year / 4 - year / 100 + year / 400 + shifts[month - 1] + day + 6) % 7);
}

static size_t
position_at(const char *on)
{
	size_t i = 0;

	while (i < POSITIONS && strncmp(position_words[i], on, strlen(position_words[i])) != 0)
		i++;
	return i;
}

/* "Montag und Donnerstag"; "1. und 3. Mittwoch": the weekday is said once where it stays. */
static const char *
weekdays_text(struct buffer *out, const struct language *l, const struct recurrence_simple *rule)
{
	struct buffer text;

	buffer_init(&text, out->arena, 64);
	for (size_t i = 0; i < rule->on_count; i++) {
		size_t position = position_at(rule->on[i]);
		const char *weekday = strrchr(rule->on[i], ' '), *next;

		weekday = weekday == NULL ? rule->on[i] : weekday + 1;
		next = i + 1 < rule->on_count ? strrchr(rule->on[i + 1], ' ') : NULL;
		separate(&text, l, i, rule->on_count);
		if (position < POSITIONS)
			buffer_string(&text, l->ordinals[position]);
		if (position < POSITIONS && next != NULL && strcmp(next + 1, weekday) == 0)
			continue;
		buffer_string(&text, position < POSITIONS ? " " : "");
		buffer_string(&text, l->weekdays[weekday_of(weekday)]);
	}
	return buffer_text(&text);
}

static const char *
month_days_text(struct buffer *out, const struct language *l, const struct recurrence_simple *rule,
    recurrence_date start)
{
	struct buffer text;

	buffer_init(&text, out->arena, 64);
	for (size_t i = 0; i < rule->on_count; i++) {
		const char *day = rule->on[i] + strlen("day ");

		separate(&text, l, i, rule->on_count);
		buffer_string(&text,
		    strcmp(rule->on[i], "last day") == 0 ?
			l->last_day :
			l->days[(day[0] - '0') * (day[1] == '\0' ? 1 : 10) +
			    (day[1] == '\0' ? 0 : day[1] - '0') - 1]);
	}
	if (rule->on_count == 0)
		buffer_string(&text, l->days[start % 100 - 1]);
	return buffer_text(&text);
}

static void
write_week(struct buffer *out, const struct language *l, const struct recurrence_simple *rule,
    recurrence_date start)
{
	const char *days =
	    rule->on_count > 0 ? weekdays_text(out, l, rule) : l->weekdays[weekday_on(start)];

	if (rule->every == 1)
		write(out, l->weekly, days);
	else
		write(out, l->every_weeks, number(out, rule->every), days);
}

static void
write_month(struct buffer *out, const struct language *l, const struct recurrence_simple *rule,
    recurrence_date start)
{
	bool by_weekday = rule->on_count > 0 && strncmp(rule->on[0], "day ", 4) != 0 &&
	    strcmp(rule->on[0], "last day") != 0;
	const char *days =
	    by_weekday ? weekdays_text(out, l, rule) : month_days_text(out, l, rule, start);

	if (rule->every > 1)
		write(out, l->every_months, number(out, rule->every), days);
	else
		write(out, by_weekday ? l->monthly : l->monthly_day, days);
}

static void
write_year(struct buffer *out, const struct language *l, const struct recurrence_simple *rule,
    recurrence_date start)
{
	const char *day = l->days[start % 100 - 1], *month = l->months[start / 100 % 100 - 1];

	if (rule->every == 1)
		write(out, l->yearly, day, month);
	else
		write(out, l->every_years, number(out, rule->every), day, month);
}

static void
write_day(struct buffer *out, const struct language *l, const struct recurrence_simple *rule,
    recurrence_date start)
{
	(void)start;
	if (rule->every == 1)
		write(out, l->daily);
	else
		write(out, l->every_days, number(out, rule->every));
}

/* The month after which the others follow one by one, round the year; 0 if they do not. */
static int
first_of_season(const struct recurrence_simple *rule)
{
	bool is_in[13] = { false };
	int begins = 0, first = 0;

	for (size_t i = 0; i < rule->month_count; i++)
		is_in[rule->months[i]] = true;
	for (int month = 1; month <= 12; month++) {
		if (is_in[month] && !is_in[month == 1 ? 12 : month - 1]) {
			begins++;
			first = month;
		}
	}
	return begins == 1 && rule->month_count > 1 ? first : 0;
}

static void
write_months(struct buffer *out, const struct language *l, const struct recurrence_simple *rule)
{
	int first = first_of_season(rule), last;
	struct buffer months;

	if (rule->month_count == 0)
		return;
	if (first > 0) {
		last = (first - 1 + (int)rule->month_count - 1) % 12;
		write(out, l->season, l->months[first - 1], l->months[last]);
		return;
	}
	buffer_init(&months, out->arena, 64);
	for (size_t i = 0; i < rule->month_count; i++) {
		separate(&months, l, i, rule->month_count);
		buffer_string(&months, l->months[rule->months[i] - 1]);
	}
	write(out, l->some_months, buffer_text(&months));
}

static void
write_rule(struct buffer *out, const struct language *l, const struct recurrence_simple *rule,
    recurrence_date start)
{
	/* By the first letter of the unit: day, week, month, year. */
	switch (rule->unit[0]) {
	case 'd':
		write_day(out, l, rule, start);
		break;
	case 'w':
		write_week(out, l, rule, start);
		break;
	case 'm':
		write_month(out, l, rule, start);
		break;
	default:
		write_year(out, l, rule, start);
	}
	write_months(out, l, rule);
}

static const char *
clock_text_of(struct buffer *out, int minute)
{
	return arena_printf(out->arena, "%02d:%02d", minute / 60 % 24, minute % 60);
}

static void
write_limits(struct buffer *out, const struct language *l, const struct recurrence_words *words)
{
	recurrence_date until = words->series->until;

	write(out, l->time, clock_text_of(out, words->start_minute),
	    clock_text_of(out, words->start_minute + words->minutes));
	if (until != 0)
		write(out, l->until, l->days[until % 100 - 1], l->months[until / 100 % 100 - 1],
		    number(out, until / 10000));
	if (words->sessions > 0)
		write(out, l->sessions, number(out, words->sessions));
	if (words->skips_holidays)
		write(out, l->no_holidays);
}

static bool
write_sentence(struct buffer *out, const struct language *l, const struct recurrence_words *words)
{
	const struct recurrence *series = words->series;
	recurrence_date start = series->start;
	struct recurrence_simple rule;

	if (series->rule_count == 0)
		write(out, l->once, l->weekdays[weekday_on(start)], l->days[start % 100 - 1],
		    l->months[start / 100 % 100 - 1], number(out, start / 10000));
	for (size_t i = 0; i < series->rule_count; i++) {
		if (!recurrence_simplify(out->arena, series->rules[i], &rule))
			return false;
		separate(out, l, i, series->rule_count);
		write_rule(out, l, &rule, start);
	}
	write_limits(out, l, words);
	return true;
}

const char *
recurrence_sentences(struct arena *arena, const struct recurrence_words *words)
{
	struct buffer out, sentence;

	buffer_init(&out, arena, 256);
	for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++) {
		buffer_init(&sentence, arena, 128);
		if (!write_sentence(&sentence, &languages[i], words))
			return NULL;
		buffer_printf(&out, "%s\"%s\":", i == 0 ? "{" : ",", languages[i].code);
		json_write_string(&out, sentence.bytes, sentence.length);
	}
	buffer_string(&out, "}");
	return buffer_text(&out);
}

const char *
recurrence_moment(struct arena *arena, const char *language, recurrence_date date, int minute)
{
	const struct language *l = &languages[strcmp(language, "en") == 0];
	struct buffer out;

	buffer_init(&out, arena, 64);
	write(&out, l->moment, l->weekdays[weekday_on(date)], l->days[date % 100 - 1],
	    l->months[date / 100 % 100 - 1], number(&out, date / 10000),
	    clock_text_of(&out, minute));
	return buffer_text(&out);
}
