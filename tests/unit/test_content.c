/* test_content.c: content lines as RFC 5545 wants them, and the same as jCal. */
#include "tests/unit/fixture.h"

#include <string.h>

#include "core/content.h"

#define LINE_MAX 75

/* A calendar of one property, in one of the forms. */
struct sheet {
	struct buffer out;
	struct content content;
};

static struct content *
begin(void **state, struct sheet *sheet, enum content_format format)
{
	buffer_init(&sheet->out, *state, 0);
	content_init(&sheet->content, &sheet->out, format);
	content_begin(&sheet->content, "VEVENT");
	return &sheet->content;
}

/* What stands between the begin and the end of the component. */
static const char *
end(struct sheet *sheet)
{
	static const char *const around[][2] = {
		[CONTENT_ICS] = { "BEGIN:VEVENT\r\n", "END:VEVENT\r\n" },
		[CONTENT_JCAL] = { "[\"vevent\",[", "],[]]" },
	};
	const char *const *words = around[sheet->content.format];
	size_t before = strlen(words[0]), after = strlen(words[1]), length;
	char *text;

	content_end(&sheet->content, "VEVENT");
	text = buffer_text(&sheet->out);
	length = sheet->out.length - before - after;
	assert_memory_equal(text, words[0], before);
	assert_string_equal(text + before + length, words[1]);
	return arena_copy(sheet->out.arena, text + before, length);
}

static const char *
text_as(void **state, const char *text, enum content_format format)
{
	struct sheet sheet;

	content_text(begin(state, &sheet, format), "SUMMARY", text);
	return end(&sheet);
}

static const char *
uri_as(void **state, const char *uri, enum content_format format)
{
	struct sheet sheet;

	content_uri(begin(state, &sheet, format), "URL", uri, false);
	return end(&sheet);
}

/* Texts -------------------------------------------------------------------------------------- */

static void
texts_are_escaped(void **state)
{
	static const char *const cases[][2] = {
		{ "", "SUMMARY:\r\n" },
		{ "plain", "SUMMARY:plain\r\n" },
		{ "a,b;c\\d:e\"f'", "SUMMARY:a\\,b\\;c\\\\d:e\"f'\r\n" },
		{ "one\ntwo\n", "SUMMARY:one\\ntwo\\n\r\n" },
		{ "\\n\\,", "SUMMARY:\\\\n\\\\\\,\r\n" },
		{ "a\r\nX-EVIL:1", "SUMMARY:a\\nX-EVIL:1\r\n" },
		{ "a\rX-EVIL:1", "SUMMARY:aX-EVIL:1\r\n" },
		{ "\001a\033[31m\177b\037", "SUMMARY:a[31mb\r\n" },
		{ "tab\tulator", "SUMMARY:tab\tulator\r\n" },
		{ "Grüße 😀", "SUMMARY:Grüße 😀\r\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(text_as(state, cases[i][0], CONTENT_ICS), cases[i][1]);
}

static void
texts_of_jcal_are_those_of_json(void **state)
{
	static const char *const cases[][2] = {
		{ "a,b;c\\d", "[\"summary\",{},\"text\",\"a,b;c\\\\d\"]" },
		{ "one\ntwo", "[\"summary\",{},\"text\",\"one\\ntwo\"]" },
		{ "\"a\"\r\nb\033", "[\"summary\",{},\"text\",\"\\\"a\\\"\\nb\"]" },
		{ "Grüße", "[\"summary\",{},\"text\",\"Grüße\"]" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(text_as(state, cases[i][0], CONTENT_JCAL), cases[i][1]);
}

static void
no_text_is_no_property(void **state)
{
	assert_string_equal(text_as(state, NULL, CONTENT_ICS), "");
	assert_string_equal(text_as(state, NULL, CONTENT_JCAL), "");
	assert_string_equal(uri_as(state, NULL, CONTENT_ICS), "");
}

/* Folds -------------------------------------------------------------------------------------- */

/* Fails unless every line is short, UTF-8 by itself and ends no escape in the middle. */
static void
assert_line(const char *line, size_t length, bool is_last)
{
	size_t slashes = 0;

	assert_in_range(length, 1, LINE_MAX);
	assert_true(((unsigned char)line[line[0] == ' '] & 0xc0) != 0x80);
	while (slashes < length && line[length - 1 - slashes] == '\\')
		slashes++;
	if (!is_last)
		assert_int_equal(slashes % 2, 0);
}

/* The line as it was before it was folded. */
static const char *
unfolded(struct arena *arena, const char *lines)
{
	struct buffer out;

	buffer_init(&out, arena, 0);
	while (*lines != '\0') {
		const char *stop = strstr(lines, "\r\n");

		assert_non_null(stop);
		assert_line(lines, (size_t)(stop - lines), stop[2] == '\0');
		buffer_append(&out, lines, (size_t)(stop - lines));
		lines = stop + 2;
		if (*lines == ' ')
			lines++;
		else
			assert_int_equal(*lines, '\0');
	}
	return buffer_text(&out);
}

/* The line of a text of one character again and again, after so many others. */
static void
fold(void **state, const char *character, const char *escaped, size_t before)
{
	struct buffer text, wanted;

	buffer_init(&text, *state, 0);
	buffer_init(&wanted, *state, 0);
	buffer_string(&wanted, "SUMMARY:");
	for (size_t i = 0; i < before + 120; i++) {
		buffer_string(&text, i < before ? "x" : character);
		buffer_string(&wanted, i < before ? "x" : escaped);
	}
	assert_string_equal(unfolded(*state, text_as(state, buffer_text(&text), CONTENT_ICS)),
	    buffer_text(&wanted));
}

static void
lines_are_folded_between_characters_and_escapes(void **state)
{
	static const char *const characters[][2] = { { "a", "a" }, { " ", " " }, { "ä", "ä" },
		{ "€", "€" }, { "😀", "😀" }, { ",", "\\," }, { "\\", "\\\\" }, { "\n", "\\n" },
		{ "ä,", "ä\\," }, { "😀\\", "😀\\\\" } };

	for (size_t i = 0; i < sizeof(characters) / sizeof(characters[0]); i++)
		for (size_t before = 0; before < LINE_MAX; before++)
			fold(state, characters[i][0], characters[i][1], before);
}

static void
a_line_is_folded_when_it_is_too_long_and_no_sooner(void **state)
{
	char text[LINE_MAX] = { 0 };

	memset(text, 'x', LINE_MAX - strlen("SUMMARY:"));
	assert_null(strstr(text_as(state, text, CONTENT_ICS), "\r\n "));
	text[strlen(text)] = 'x';
	assert_non_null(strstr(text_as(state, text, CONTENT_ICS), "\r\n x\r\n"));
}

/* Other values ------------------------------------------------------------------------------- */

static void
a_uri_is_one_line_whatever_it_has(void **state)
{
	static const char *const cases[][2] = {
		{ "https://example.org/?a=1,2;3&b=%0d%0a#c",
		    "https://example.org/?a=1,2;3&b=%0d%0a#c" },
		{ "https://e.org/\r\nX-EVIL:1", "https://e.org/%0D%0AX-EVIL:1" },
		{ "a b\tc\177", "a%20b%09c%7F" },
		{ "<\">\\^`{|}", "%3C%22%3E%5C%5E%60%7B%7C%7D" },
		{ "https://e.org/ö", "https://e.org/%C3%B6" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(uri_as(state, cases[i][0], CONTENT_ICS),
		    arena_printf(*state, "URL:%s\r\n", cases[i][1]));
		assert_string_equal(uri_as(state, cases[i][0], CONTENT_JCAL),
		    arena_printf(*state, "[\"url\",{},\"uri\",\"%s\"]", cases[i][1]));
	}
}

/* Every kind of value once. */
static void
write_all(struct content *c)
{
	content_word(c, "STATUS", "CONFIRMED");
	content_uri(c, "CONFERENCE", "https://e.org", true);
	content_number(c, "SEQUENCE", 12345678901);
	content_duration(c, "REFRESH-INTERVAL", "PT1H", true);
	content_duration(c, "X-PUBLISHED-TTL", "PT1H", false);
	content_time(c, "DTSTART", "Europe/Berlin", 1806199199);
	content_time(c, "DTSTAMP", NULL, 1806199199);
	content_local(c, "DTSTART", 0);
	content_offset(c, "TZOFFSETTO", -(3 * 60 + 30) * 60);
	content_offset(c, "TZOFFSETFROM", (12 * 60 + 45) * 60);
	content_rule(c, "FREQ=MONTHLY;INTERVAL=2;BYDAY=-1WE", 1806199199);
	content_rule(c, "FREQ=WEEKLY;BYDAY=MO,WE", 0);
	content_rule(c, "FREQ=MONTHLY;BYMONTHDAY=1,-1", 0);
	content_point(c, "50.938000;-6.957000");
	content_point(c, NULL);
}

static void
values_are_written_by_their_kinds(void **state)
{
	struct sheet sheet;

	write_all(begin(state, &sheet, CONTENT_ICS));
	assert_string_equal(end(&sheet),
	    "STATUS:CONFIRMED\r\nCONFERENCE;VALUE=URI:https://e.org\r\nSEQUENCE:12345678901\r\n"
	    "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nX-PUBLISHED-TTL:PT1H\r\n"
	    "DTSTART;TZID=Europe/Berlin:20270328T015959\r\nDTSTAMP:20270328T015959Z\r\n"
	    "DTSTART:19700101T000000\r\nTZOFFSETTO:-0330\r\nTZOFFSETFROM:+1245\r\n"
	    "RRULE:FREQ=MONTHLY;INTERVAL=2;BYDAY=-1WE;UNTIL=20270328T015959Z\r\n"
	    "RRULE:FREQ=WEEKLY;BYDAY=MO,WE\r\nRRULE:FREQ=MONTHLY;BYMONTHDAY=1,-1\r\n"
	    "GEO:50.938000;-6.957000\r\n");
}

static void
values_of_jcal_have_its_types(void **state)
{
	struct sheet sheet;

	write_all(begin(state, &sheet, CONTENT_JCAL));
	assert_string_equal(end(&sheet),
	    "[\"status\",{},\"text\",\"CONFIRMED\"],[\"conference\",{},\"uri\",\"https://e.org\"],"
	    "[\"sequence\",{},\"integer\",12345678901],"
	    "[\"refresh-interval\",{},\"duration\",\"PT1H\"],"
	    "[\"x-published-ttl\",{},\"unknown\",\"PT1H\"],"
	    "[\"dtstart\",{\"tzid\":\"Europe/Berlin\"},\"date-time\",\"2027-03-28T01:59:59\"],"
	    "[\"dtstamp\",{},\"date-time\",\"2027-03-28T01:59:59Z\"],"
	    "[\"dtstart\",{},\"date-time\",\"1970-01-01T00:00:00\"],"
	    "[\"tzoffsetto\",{},\"utc-offset\",\"-03:30\"],"
	    "[\"tzoffsetfrom\",{},\"utc-offset\",\"+12:45\"],"
	    "[\"rrule\",{},\"recur\",{\"freq\":\"MONTHLY\",\"interval\":2,\"byday\":\"-1WE\","
	    "\"until\":\"2027-03-28T01:59:59Z\"}],"
	    "[\"rrule\",{},\"recur\",{\"freq\":\"WEEKLY\",\"byday\":[\"MO\",\"WE\"]}],"
	    "[\"rrule\",{},\"recur\",{\"freq\":\"MONTHLY\",\"bymonthday\":[1,-1]}],"
	    "[\"geo\",{},\"float\",[50.938000,-6.957000]]");
}

static void
components_stand_in_each_other(void **state)
{
	struct buffer out;
	struct content c;

	buffer_init(&out, *state, 0);
	content_init(&c, &out, CONTENT_JCAL);
	content_begin(&c, "VCALENDAR");
	content_word(&c, "VERSION", "2.0");
	content_begin(&c, "VEVENT");
	content_begin(&c, "VALARM");
	content_end(&c, "VALARM");
	content_end(&c, "VEVENT");
	content_begin(&c, "VEVENT");
	content_number(&c, "SEQUENCE", 0);
	content_end(&c, "VEVENT");
	content_end(&c, "VCALENDAR");
	assert_string_equal(buffer_text(&out),
	    "[\"vcalendar\",[[\"version\",{},\"text\",\"2.0\"]],["
	    "[\"vevent\",[],[[\"valarm\",[],[]]]],"
	    "[\"vevent\",[[\"sequence\",{},\"integer\",0]],[]]]]");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(texts_are_escaped, setup, teardown),
		cmocka_unit_test_setup_teardown(texts_of_jcal_are_those_of_json, setup, teardown),
		cmocka_unit_test_setup_teardown(no_text_is_no_property, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    lines_are_folded_between_characters_and_escapes, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_line_is_folded_when_it_is_too_long_and_no_sooner, setup, teardown),
		cmocka_unit_test_setup_teardown(a_uri_is_one_line_whatever_it_has, setup, teardown),
		cmocka_unit_test_setup_teardown(values_are_written_by_their_kinds, setup, teardown),
		cmocka_unit_test_setup_teardown(values_of_jcal_have_its_types, setup, teardown),
		cmocka_unit_test_setup_teardown(components_stand_in_each_other, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
