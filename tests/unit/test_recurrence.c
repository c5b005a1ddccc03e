/* test_recurrence.c: rules as they are read, compiled and said, and the dates that they make. */
#include "tests/unit/fixture.h"

#include <string.h>

#include "core/recurrence.h"
#include "core/recurrence_words.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The dates of one rule, or of none, as a PostgreSQL array. */
static const char *
dates_of(void **state, recurrence_date start, recurrence_date until, const char *rule,
    recurrence_date from, recurrence_date to, size_t least)
{
	struct recurrence series = { start, until, rule != NULL, &rule };
	const recurrence_date *dates;
	size_t count = recurrence_dates(*state, &series, from, to, least, &dates);

	return recurrence_array(*state, dates, count);
}

static void
a_date_is_read_from_the_beginning_of_a_text(void **state)
{
	(void)state;
	assert_int_equal(recurrence_date_of("2026-01-07"), 20260107);
	assert_int_equal(recurrence_date_of("2026-01-07T19:00:00"), 20260107);
	assert_int_equal(recurrence_date_of("2026-1-07"), 0);
	assert_int_equal(recurrence_date_of("20260107"), 0);
	assert_int_equal(recurrence_date_of("2026-01-0"), 0);
	assert_int_equal(recurrence_date_of(""), 0);
}

static void
days_are_counted_over_months_and_leap_years(void **state)
{
	assert_int_equal(recurrence_date_after(20240228, 1), 20240229);
	assert_int_equal(recurrence_date_after(20240228, 2), 20240301);
	assert_int_equal(recurrence_date_after(20260228, 1), 20260301);
	assert_int_equal(recurrence_date_after(20270101, -1), 20261231);
	assert_int_equal(recurrence_date_after(20261122, 550), 20280525);
	assert_int_equal(recurrence_date_after(20280525, -550), 20261122);
	assert_string_equal(recurrence_date_text(*state, 20260107), "2026-01-07");
}

static void
a_rule_is_read_without_its_end(void **state)
{
	/* clang-format off */
	static const struct {
		const char *text, *rule, *until;
		int count;
	} cases[] = {
		{ "FREQ=WEEKLY",                               "FREQ=WEEKLY",             NULL,                   0 },
		{ "RRULE:FREQ=DAILY;COUNT=7",                  "FREQ=DAILY",              NULL,                   7 },
		{ "COUNT=2;BYDAY=TU,MO;INTERVAL=1;FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=MO,TU", NULL,                  2 },
		{ "FREQ=WEEKLY;UNTIL=20280229",                "FREQ=WEEKLY",             "2028-02-29",           0 },
		{ "FREQ=WEEKLY;UNTIL=20280229T190000",         "FREQ=WEEKLY",             "2028-02-29T19:00:00",  0 },
		{ "FREQ=WEEKLY;UNTIL=20280229T180000Z",        "FREQ=WEEKLY",             "2028-02-29T18:00:00Z", 0 },
		{ "FREQ=MONTHLY;INTERVAL=99;BYDAY=-1FR",       "FREQ=MONTHLY;INTERVAL=99;BYDAY=-1FR", NULL,       0 },
	};
	/* clang-format on */
	struct recurrence_parts parts;
	const char *error;

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_true(recurrence_read(*state, cases[i].text, &parts, &error));
		assert_string_equal(parts.rule, cases[i].rule);
		assert_int_equal(parts.count, cases[i].count);
		if (cases[i].until == NULL)
			assert_null(parts.until);
		else
			assert_string_equal(parts.until, cases[i].until);
	}
}

static void
a_rule_that_is_none_or_too_odd_is_refused_with_a_reason(void **state)
{
	static const char *const rules[] = {
		"",
		"FREQ=",
		"FREQ=WEEKLY;BYDAY=",
		"FREQ=WEEKLY;BYDAY=XX",
		"FREQ=WEEKLY;FREQ=DAILY",
		"FREQ=WEEKLY;COUNT=0",
		"FREQ=WEEKLY;COUNT=3;UNTIL=20280101",
		"FREQ=WEEKLY;INTERVAL=0",
		"FREQ=WEEKLY;INTERVAL=100",
		"FREQ=HOURLY",
		"FREQ=MINUTELY",
		"FREQ=SECONDLY",
		"FREQ=DAILY;BYHOUR=9",
		"FREQ=DAILY;BYMINUTE=9",
		"FREQ=DAILY;BYSECOND=9",
		"FREQ=YEARLY;BYYEARDAY=9",
		"FREQ=YEARLY;BYWEEKNO=9",
		"RSCALE=GREGORIAN;FREQ=YEARLY",
		"FREQ=WEEKLY;BYDAY=1MO",
		"FREQ=DAILY;BYDAY=1MO",
		"FREQ=WEEKLY;BYMONTHDAY=1",
		"FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=1",
		"FREQ=MONTHLY;BYMONTHDAY=32",
		"FREQ=MONTHLY;BYMONTH=0",
	};
	struct recurrence_parts parts;

	for (size_t i = 0; i < COUNT(rules); i++) {
		const char *error = NULL;

		assert_false(recurrence_read(*state, rules[i], &parts, &error));
		assert_non_null(error);
		assert_int_equal(strncmp(error, "must ", 5), 0);
	}
}

/* What libical reads into too small a number, or does not check. */
static void
a_number_that_is_out_of_range_is_refused(void **state)
{
	static const char *const rules[] = {
		"FREQ=WEEKLY;INTERVAL=65537",
		"FREQ=WEEKLY;COUNT=4294967299",
		"FREQ=WEEKLY;INTERVAl=799",
		"freq=weekly;count=4294967299",
		"FREQ=WEEKLY;UNTIL=20281301",
		"FREQ=WEEKLY;UNTIL=20280231",
		"FREQ=WEEKLY;UNTIL=20280101T990000Z",
		"FREQ=MONTHLY;BYMONTH=1,13",
		"FREQ=MONTHLY;BYMONTH=1,5L",
	};
	struct recurrence_parts parts;
	const char *error;

	for (size_t i = 0; i < COUNT(rules); i++)
		if (recurrence_read(*state, rules[i], &parts, &error))
			fail_msg("%s is read as %s", rules[i], parts.rule);
}

static void
the_simple_form_becomes_a_rule_and_back(void **state)
{
	/* clang-format off */
	static const struct {
		struct recurrence_simple simple;
		const char *rule;
	} cases[] = {
		{ { "day",   1,  0, { NULL }, 0, { 0 } },                             "FREQ=DAILY"                        },
		{ { "day",   3,  0, { NULL }, 2, { 6, 7 } },                          "FREQ=DAILY;INTERVAL=3;BYMONTH=6,7" },
		{ { "week",  1,  0, { NULL }, 0, { 0 } },                             "FREQ=WEEKLY"                       },
		{ { "week",  2,  2, { "monday", "sunday" }, 0, { 0 } },               "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU" },
		{ { "month", 1,  1, { "first wednesday" }, 0, { 0 } },                "FREQ=MONTHLY;BYDAY=1WE"            },
		{ { "month", 12, 2, { "fifth monday", "last friday" }, 1, { 12 } },   "FREQ=MONTHLY;INTERVAL=12;BYDAY=5MO,-1FR;BYMONTH=12" },
		{ { "month", 1,  2, { "day 31", "last day" }, 0, { 0 } },             "FREQ=MONTHLY;BYMONTHDAY=31,-1"     },
		{ { "year",  99, 0, { NULL }, 0, { 0 } },                             "FREQ=YEARLY;INTERVAL=99"           },
	};
	/* clang-format on */
	struct recurrence_simple back;
	size_t at;

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct recurrence_simple *simple = &cases[i].simple;

		assert_string_equal(recurrence_compile(*state, simple, &at), cases[i].rule);
		assert_true(recurrence_simplify(*state, cases[i].rule, &back));
		assert_string_equal(back.unit, simple->unit);
		assert_int_equal(back.every, simple->every);
		assert_int_equal(back.on_count, simple->on_count);
		for (size_t j = 0; j < simple->on_count; j++)
			assert_string_equal(back.on[j], simple->on[j]);
		assert_int_equal(back.month_count, simple->month_count);
		for (size_t j = 0; j < simple->month_count; j++)
			assert_int_equal(back.months[j], simple->months[j]);
	}
}

static void
a_day_that_does_not_fit_its_unit_is_named(void **state)
{
	/* clang-format off */
	static const struct {
		struct recurrence_simple simple;
		size_t at;
	} cases[] = {
		{ { "week",  1, 2, { "monday", "first monday" }, 0, { 0 } }, 1 },
		{ { "week",  1, 1, { "day 3" }, 0, { 0 } },                  0 },
		{ { "month", 1, 1, { "monday" }, 0, { 0 } },                 0 },
		{ { "month", 1, 2, { "day 3", "first monday" }, 0, { 0 } },  1 },
		{ { "day",   1, 1, { "monday" }, 0, { 0 } },                 0 },
		{ { "year",  1, 1, { "last day" }, 0, { 0 } },               0 },
	};
	/* clang-format on */
	size_t at;

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_null(recurrence_compile(*state, &cases[i].simple, &at));
		assert_int_equal(at, cases[i].at);
	}
}

static void
what_no_simple_form_can_say_has_none(void **state)
{
	static const char *const rules[] = {
		"FREQ=DAILY;BYDAY=MO",
		"FREQ=MONTHLY;BYDAY=MO",
		"FREQ=MONTHLY;BYDAY=-2MO",
		"FREQ=MONTHLY;BYMONTHDAY=-2",
		"FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
		"FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1",
		"FREQ=WEEKLY;INTERVAL=2;WKST=SU",
		"FREQ=YEARLY;BYDAY=1MO",
		"FREQ=YEARLY;BYMONTHDAY=1",
	};
	const char *const two[] = { "FREQ=DAILY", rules[0] };
	struct recurrence_simple simple;

	for (size_t i = 0; i < COUNT(rules); i++)
		assert_false(recurrence_simplify(*state, rules[i], &simple));
	assert_null(recurrence_simple_json(*state, two, 2));
	assert_null(recurrence_simple_json(*state, two, 0));
	assert_string_equal(
	    recurrence_simple_json(*state, two, 1), "[{\"unit\":\"day\",\"every\":1}]");
}

static void
without_rules_there_is_the_start_and_nothing_else(void **state)
{
	assert_string_equal(
	    dates_of(state, 20280229, 0, NULL, 20260101, 20260102, 1), "{2028-02-29}");
	assert_string_equal(dates_of(state, 20280229, 0, NULL, 20280301, 20990101, 9), "{}");
}

static void
dates_that_are_not_there_are_left_out(void **state)
{
	assert_string_equal(dates_of(state, 20240229, 0, "FREQ=YEARLY", 20240101, 20330101, 0),
	    "{2024-02-29,2028-02-29,2032-02-29}");
	assert_string_equal(dates_of(state, 20260131, 0, "FREQ=MONTHLY", 20260101, 20260601, 0),
	    "{2026-01-31,2026-03-31,2026-05-31}");
	assert_string_equal(
	    dates_of(state, 20260101, 0, "FREQ=MONTHLY;BYDAY=5TH", 20260101, 20260801, 0),
	    "{2026-01-29,2026-04-30,2026-07-30}");
	assert_string_equal(
	    dates_of(state, 20260101, 0, "FREQ=MONTHLY;BYMONTHDAY=-1", 20260201, 20260401, 0),
	    "{2026-02-28,2026-03-31}");
	assert_string_equal(dates_of(state, 20260101, 0, "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2",
				20260101, 20360101, 3),
	    "{}");
}

static void
a_start_that_no_rule_makes_is_no_date(void **state)
{
	assert_string_equal(
	    dates_of(state, 20260107, 0, "FREQ=WEEKLY;BYDAY=FR", 20260101, 20260117, 0),
	    "{2026-01-09,2026-01-16}");
}

static void
dates_go_to_the_end_or_until_there_are_enough(void **state)
{
	static const char rule[] = "FREQ=DAILY;INTERVAL=10";

	assert_string_equal(dates_of(state, 20260101, 0, rule, 20260101, 20260121, 0),
	    "{2026-01-01,2026-01-11,2026-01-21}");
	assert_string_equal(
	    dates_of(state, 20260101, 0, rule, 20260102, 20260103, 2), "{2026-01-11,2026-01-21}");
	assert_string_equal(
	    dates_of(state, 20260101, 20260120, rule, 20260102, 20260103, 2), "{2026-01-11}");
	assert_string_equal(dates_of(state, 20260101, 20260111, rule, 20260101, 20270101, 0),
	    "{2026-01-01,2026-01-11}");
	assert_string_equal(dates_of(state, 20260101, 0, rule, 20250101, 20251231, 0), "{}");
}

static void
several_rules_make_each_date_once_and_in_order(void **state)
{
	static const char *const rules[] = { "FREQ=MONTHLY;BYMONTHDAY=9", "FREQ=WEEKLY;BYDAY=FR" };
	struct recurrence series = { 20260101, 0, 2, rules };
	const recurrence_date *dates;
	size_t count = recurrence_dates(*state, &series, 20260101, 20260210, 0, &dates);

	assert_string_equal(recurrence_array(*state, dates, count),
	    "{2026-01-02,2026-01-09,2026-01-16,2026-01-23,2026-01-30,2026-02-06,2026-02-09}");
	count = recurrence_dates(*state, &series, 20260103, 20260103, 3, &dates);
	assert_string_equal(
	    recurrence_array(*state, dates, count), "{2026-01-09,2026-01-16,2026-01-23}");
}

static void
dates_long_after_the_start_are_found(void **state)
{
	assert_string_equal(dates_of(state, 20010101, 0, "FREQ=DAILY", 20300101, 20300102, 0),
	    "{2030-01-01,2030-01-02}");
	assert_string_equal(
	    dates_of(state, 20010101, 0, "FREQ=YEARLY;INTERVAL=9", 20300101, 20300102, 1),
	    "{2037-01-01}");
}

/* As when sessions are counted from the first one. */
static void
all_dates_to_the_last_day_asked_for_are_there_however_many_years(void **state)
{
	static const char *const rules[] = { "FREQ=WEEKLY" };
	struct recurrence series = { 20120104, 0, 1, rules };
	const recurrence_date *dates;
	size_t count = recurrence_dates(*state, &series, 20120104, 20261230, 0, &dates);

	assert_int_equal(count, 783);
	assert_int_equal(dates[count - 1], 20261230);
}

static void
a_series_is_said_in_both_languages(void **state)
{
	static const char *const rules[] = { "FREQ=MONTHLY;BYDAY=1WE,3WE", "FREQ=WEEKLY;BYDAY=FR",
		"FREQ=DAILY;BYDAY=MO" };
	struct recurrence series = { 20260107, 20261231, 2, rules };
	struct recurrence_words words = { &series, 19 * 60, 90, 5, true };

	assert_string_equal(recurrence_sentences(*state, &words),
	    "{\"de\":\"jeden 1. und 3. Mittwoch im Monat und jeden Freitag, 19:00–20:30 Uhr, bis "
	    "31. Dezember 2026, 5 Termine, nicht an Feiertagen\",\"en\":\"every 1st and 3rd "
	    "Wednesday of the month and every Friday, 19:00–20:30, until the 31st of December "
	    "2026, 5 dates, not on public holidays\"}");
	series = (struct recurrence){ 20240229, 0, 0, NULL };
	words = (struct recurrence_words){ &series, 23 * 60 + 30, 24 * 60, 0, false };
	assert_string_equal(recurrence_sentences(*state, &words),
	    "{\"de\":\"am Donnerstag, 29. Februar 2024, 23:30–23:30 Uhr\",\"en\":\"on Thursday, "
	    "29th February 2024, 23:30–23:30\"}");
	series = (struct recurrence){ 20260107, 0, 3, rules };
	assert_null(recurrence_sentences(*state, &words));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_date_is_read_from_the_beginning_of_a_text),
		cmocka_unit_test(days_are_counted_over_months_and_leap_years),
		cmocka_unit_test(a_rule_is_read_without_its_end),
		cmocka_unit_test(a_rule_that_is_none_or_too_odd_is_refused_with_a_reason),
		cmocka_unit_test(a_number_that_is_out_of_range_is_refused),
		cmocka_unit_test(the_simple_form_becomes_a_rule_and_back),
		cmocka_unit_test(a_day_that_does_not_fit_its_unit_is_named),
		cmocka_unit_test(what_no_simple_form_can_say_has_none),
		cmocka_unit_test(without_rules_there_is_the_start_and_nothing_else),
		cmocka_unit_test(dates_that_are_not_there_are_left_out),
		cmocka_unit_test(a_start_that_no_rule_makes_is_no_date),
		cmocka_unit_test(dates_go_to_the_end_or_until_there_are_enough),
		cmocka_unit_test(several_rules_make_each_date_once_and_in_order),
		cmocka_unit_test(dates_long_after_the_start_are_found),
		cmocka_unit_test(all_dates_to_the_last_day_asked_for_are_there_however_many_years),
		cmocka_unit_test(a_series_is_said_in_both_languages),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
