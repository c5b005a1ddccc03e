/* test_zone.c: rules of zones, held against what the C library makes of the same zone data. */
#include "tests/unit/fixture.h"

#include <dirent.h>
#include <string.h>
#include <time.h>

#include "core/zone.h"

#define HOUR  3600
#define FIRST 1767225600 /* 2026-01-01 */
#define LAST  2114380800 /* 2037-01-01 */
#define STEP  46800      /* thirteen hours */

static struct zone
parsed(void **state, const char *rule)
{
	struct zone zone;

	assert_true(zone_parse(*state, "Test/Zone", rule, &zone));
	assert_string_equal(zone.name, "Test/Zone");
	return zone;
}

static void
assert_change(const struct zone_change *change, int month, int week, int weekday, int seconds)
{
	assert_int_equal(change->month, month);
	assert_int_equal(change->week, week);
	assert_int_equal(change->weekday, weekday);
	assert_int_equal(change->seconds, seconds);
}

/* Reading ------------------------------------------------------------------------------------ */

static void
a_zone_without_changes_has_an_offset_and_a_name(void **state)
{
	static const struct {
		const char *rule;
		const char *name;
		int offset;
	} cases[] = {
		{ "UTC0", "UTC", 0 },
		{ "EST5", "EST", -5 * HOUR },
		{ "IST-5:30", "IST", 5 * HOUR + HOUR / 2 },
		{ "<+0545>-5:45", "+0545", 5 * HOUR + 45 * 60 },
		{ "<-03>3", "-03", -3 * HOUR },
		{ "<+13>-13", "+13", 13 * HOUR },
		{ "LMT+0:53:28", "LMT", -(53 * 60 + 28) },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct zone zone = parsed(state, cases[i].rule);

		assert_false(zone.changes);
		assert_string_equal(zone.standard_name, cases[i].name);
		assert_int_equal(zone.standard, cases[i].offset);
		assert_int_equal(zone_offset(&zone, FIRST), cases[i].offset);
	}
}

static void
a_zone_with_changes_has_two_of_all(void **state)
{
	struct zone zone = parsed(state, "CET-1CEST,M3.5.0,M10.5.0/3");

	assert_true(zone.changes);
	assert_int_equal(zone.standard, HOUR);
	assert_int_equal(zone.daylight, 2 * HOUR);
	assert_string_equal(zone.standard_name, "CET");
	assert_string_equal(zone.daylight_name, "CEST");
	assert_change(&zone.to_daylight, 3, 5, 0, 2 * HOUR);
	assert_change(&zone.to_standard, 10, 5, 0, 3 * HOUR);
}

static void
a_change_can_be_of_half_an_hour_and_have_names_in_brackets(void **state)
{
	struct zone zone = parsed(state, "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0");

	assert_int_equal(zone.standard, 10 * HOUR + HOUR / 2);
	assert_int_equal(zone.daylight, 11 * HOUR);
	assert_string_equal(zone.daylight_name, "+11");
	assert_change(&zone.to_daylight, 10, 1, 0, 2 * HOUR);
}

static void
a_winter_that_is_called_daylight_is_turned_round(void **state)
{
	struct zone zone = parsed(state, "IST-1GMT0,M10.5.0,M3.5.0/1");

	assert_int_equal(zone.standard, 0);
	assert_int_equal(zone.daylight, HOUR);
	assert_string_equal(zone.standard_name, "GMT");
	assert_string_equal(zone.daylight_name, "IST");
	assert_change(&zone.to_daylight, 3, 5, 0, HOUR);
	assert_change(&zone.to_standard, 10, 5, 0, 2 * HOUR);
}

static void
what_calendars_cannot_say_is_not_read(void **state)
{
	static const char *const rules[] = {
		"",
		"CET",
		"-1",
		"<+03",
		"<>-3",
		"CET-1CEST",
		"CET-1CEST,",
		"CET-1CEST,M3.5.0",
		"CET-1CEST,M3.5.0,M10.5.0/3,",
		"CET-1CEST,M3.5.0,M10.5.0/3x",
		"CET-1CEST,M3.5,M10.5.0",
		"CET-1CEST,M3.5.0/,M10.5.0",
		"CET-1CEST,J60,J300",
		"CET-1CEST,59,299",
		"<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
		"EET-2EEST,M3.4.4/50,M10.4.4/50",
		"<-04>4<-03>,M9.1.6/24,M4.1.6/24",
		"XXX3EDT4,0/0,J365/23",
	};
	struct zone zone;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (zone_parse(*state, "Test/Zone", rules[i], &zone))
			fail_msg("%s was read", rules[i]);
}

static void
only_zones_that_are_installed_are_read(void **state)
{
	static const char *const names[] = { "", ".", "..", "Europe", "Europe/Bonn", "../passwd",
		"Europe/../Europe/Berlin", "/usr/share/zoneinfo/Europe/Berlin", "zone.tab",
		"tzdata.zi" };
	struct zone zone;

	assert_true(zone_read(*state, "Europe/Berlin", &zone));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (zone_read(*state, names[i], &zone))
			fail_msg("%s was read", names[i]);
}

/* Instants ----------------------------------------------------------------------------------- */

static void
a_change_is_at_the_right_day_of_each_year(void **state)
{
	struct zone zone = parsed(state, "CET-1CEST,M3.5.0,M10.5.0/3");

	(void)state;
	assert_int_equal(
	    zone_change_in(&zone.to_daylight, 1970), 7 * 86400 + 80 * 86400 + 2 * HOUR);
	assert_int_equal(zone_change_in(&zone.to_daylight, 2027), 1806199200); /* 28 March, 2:00 */
	assert_int_equal(
	    zone_change_in(&zone.to_standard, 2027), 1824951600); /* 31 October, 3:00 */
}

static void
a_time_that_comes_twice_or_never_is_no_instant(void **state)
{
	struct zone zone = parsed(state, "CET-1CEST,M3.5.0,M10.5.0/3");
	const int64_t forward = 1806199200, back = 1824951600;
	int64_t instant = 0;

	assert_true(zone_instant(&zone, forward - 1, &instant));
	assert_int_equal(instant, forward - 1 - HOUR);
	assert_false(zone_instant(&zone, forward, &instant));
	assert_false(zone_instant(&zone, forward + HOUR - 1, &instant));
	assert_true(zone_instant(&zone, forward + HOUR, &instant));
	assert_int_equal(instant, forward - HOUR);
	assert_true(zone_instant(&zone, back - HOUR - 1, &instant));
	assert_int_equal(instant, back - 1 - 10800);
	assert_false(zone_instant(&zone, back - HOUR, &instant));
	assert_false(zone_instant(&zone, back - 1, &instant));
	assert_true(zone_instant(&zone, back, &instant));
	assert_int_equal(instant, back - HOUR);
}

/* All installed zones ------------------------------------------------------------------------ */

struct survey {
	struct arena *arena;
	size_t read, agreeing;
};

static bool
agrees(struct zone *zone, time_t at)
{
	struct tm there;

	localtime_r(&at, &there);
	return there.tm_gmtoff == zone_offset(zone, at);
}

/* Around a change, to the minute. */
static size_t
disagreements_around(struct zone *zone, const struct zone_change *change, int offset)
{
	size_t count = 0;

	for (int year = 2026; year <= 2036; year++)
		for (int minute = -70; minute <= 70; minute += 5)
			count += !agrees(
			    zone, zone_change_in(change, year) - offset + (int64_t)minute * 60);
	return count;
}

/* How many of many instants the C library has at another offset. */
static size_t
disagreements(struct zone *zone)
{
	size_t count = 0;

	setenv("TZ", zone->name, 1);
	tzset();
	for (time_t at = FIRST; at < LAST; at += STEP)
		count += !agrees(zone, at);
	if (zone->changes)
		count += disagreements_around(zone, &zone->to_daylight, zone->standard) +
		    disagreements_around(zone, &zone->to_standard, zone->daylight);
	return count;
}

/* Rules hold for ever: whoever has exceptions (Ramadan) has them for some weeks of a year. */
static void
survey_zone(struct survey *survey, const char *name)
{
	const size_t all = (LAST - FIRST) / STEP;
	struct zone zone;
	size_t wrong;

	if (!zone_read(survey->arena, name, &zone))
		return;
	wrong = disagreements(&zone);
	survey->read++;
	survey->agreeing += wrong == 0;
	if (wrong > all / 4)
		fail_msg("%s is wrong at %zu of %zu instants", name, wrong, all);
}

static void
survey_folder(struct survey *survey, const char *folder)
{
	DIR *entries = opendir(arena_printf(survey->arena, "/usr/share/zoneinfo/%s", folder));
	struct dirent *entry;

	assert_non_null(entries);
	while ((entry = readdir(entries)) != NULL) {
		const char *name = arena_printf(survey->arena, "%s%s", folder, entry->d_name);

		if (entry->d_type == DT_REG || entry->d_type == DT_LNK)
			survey_zone(survey, name);
	}
	closedir(entries);
}

static void
the_rules_of_installed_zones_give_what_the_c_library_gives(void **state)
{
	static const char *const folders[] = { "Africa/", "America/", "America/Argentina/",
		"America/Indiana/", "America/Kentucky/", "America/North_Dakota/", "Antarctica/",
		"Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/", "Etc/" };
	struct survey survey = { .arena = *state };

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		survey_folder(&survey, folders[i]);
	unsetenv("TZ");
	tzset();
	print_message(
	    "%zu zones read, %zu as the C library has them\n", survey.read, survey.agreeing);
	assert_true(survey.read > 400);
	assert_true(survey.read - survey.agreeing < 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_zone_without_changes_has_an_offset_and_a_name, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_zone_with_changes_has_two_of_all, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_change_can_be_of_half_an_hour_and_have_names_in_brackets, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_winter_that_is_called_daylight_is_turned_round, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    what_calendars_cannot_say_is_not_read, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    only_zones_that_are_installed_are_read, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_change_is_at_the_right_day_of_each_year, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_time_that_comes_twice_or_never_is_no_instant, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    the_rules_of_installed_zones_give_what_the_c_library_gives, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
