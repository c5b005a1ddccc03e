/* test_rows.c: database rows as JSON objects, by the names and types of their columns. */
#include <jansson.h>
#include <libpq-fe.h>
#include <string.h>

#include "api/rows.h"
#include "core/db_result.h"
#include "core/sealing.h"
#include "tests/unit/fixture.h"

/* pg_type.dat */
enum {
	BOOL = 16,
	BYTEA = 17,
	BIGINT = 20,
	TEXT = 25,
	FLOAT = 701,
	INSTANT = 1184,
	NUMERIC = 1700,
	JSONB = 3802
};

struct column {
	const char *name;
	Oid type;
	const char *value; /* NULL is null */
};

/* Whether all that was sealed opened in the last object that was written. */
static bool is_whole;

/* A result of one row, as PostgreSQL would send it. */
static struct rows *
row_of(struct arena *arena, const struct column *columns, int count)
{
	PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc descriptions[16] = { 0 };

	for (int i = 0; i < count; i++) {
		descriptions[i].name = arena_strdup(arena, columns[i].name);
		descriptions[i].typid = columns[i].type;
	}
	assert_true(PQsetResultAttrs(result, count, descriptions));
	for (int i = 0; i < count; i++) {
		const char *value = columns[i].value;
		char *copy = arena_strdup(arena, value == NULL ? "" : value);

		assert_true(PQsetvalue(result, 0, i, value == NULL ? NULL : copy,
		    value == NULL ? -1 : (int)strlen(copy)));
	}
	return rows_take(arena, result);
}

static const char *
object_of(struct arena *arena, const struct column *columns, int count)
{
	struct buffer out;

	buffer_init(&out, arena, 0);
	is_whole = rows_write_object(&out, row_of(arena, columns, count), 0);
	return buffer_text(&out);
}

#define COLUMNS(...)            \
	(const struct column[]) \
	{                       \
		__VA_ARGS__     \
	}
#define COUNT(...)         ((int)(sizeof(COLUMNS(__VA_ARGS__)) / sizeof(struct column)))
#define OBJECT(arena, ...) object_of(arena, COLUMNS(__VA_ARGS__), COUNT(__VA_ARGS__))
#define ROW(arena, ...)    row_of(arena, COLUMNS(__VA_ARGS__), COUNT(__VA_ARGS__))

static void
each_type_has_its_form(void **state)
{
	static const struct {
		Oid type;
		const char *value;
		const char *json;
	} cases[] = {
		{ TEXT, "Köln", "\"Köln\"" },
		{ TEXT, "", "\"\"" },
		{ TEXT, "a \"b\"\n\\", "\"a \\\"b\\\"\\n\\\\\"" },
		{ TEXT, "true", "\"true\"" },
		{ BOOL, "t", "true" },
		{ BOOL, "f", "false" },
		{ BIGINT, "-9223372036854775808", "-9223372036854775808" },
		{ NUMERIC, "12.50", "12.50" },
		{ FLOAT, "1e-07", "1e-07" },
		{ FLOAT, "NaN", "null" },
		{ FLOAT, "-Infinity", "null" },
		{ NUMERIC, "Infinity", "null" },
		{ JSONB, "{\"a\": [1, null]}", "{\"a\": [1, null]}" },
		{ INSTANT, "2026-11-25 18:30:00+00", "\"2026-11-25T18:30:00Z\"" },
		{ INSTANT, "2026-11-25 18:30:00.999999+00", "\"2026-11-25T18:30:00Z\"" },
		{ INSTANT, "infinity", "\"infinity\"" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *object = OBJECT(*state, { "it", cases[i].type, cases[i].value });
		json_t *document = json_loads(object, 0, NULL);

		assert_string_equal(object, arena_printf(*state, "{\"it\":%s}", cases[i].json));
		assert_non_null(document);
		json_decref(document);
	}
}

static void
null_is_left_out(void **state)
{
	assert_string_equal(
	    OBJECT(*state, { "a", TEXT, NULL }, { "b", BIGINT, "1" }, { "c", JSONB, NULL }),
	    "{\"b\":1}");
	assert_string_equal(OBJECT(*state, { "a", TEXT, NULL }), "{}");
}

static void
names_with_an_underscore_are_for_the_carrier(void **state)
{
	assert_string_equal(OBJECT(*state, { "_revision", BIGINT, "7" }, { "name", TEXT, "a" },
				{ "_location", TEXT, "/v1/a" }),
	    "{\"name\":\"a\"}");
}

static void
members_go_first(void **state)
{
	assert_string_equal(
	    OBJECT(*state, { "b", BIGINT, "2" }, { "_members", JSONB, "{\"a\": 1}" }),
	    "{\"a\": 1,\"b\":2}");
	assert_string_equal(OBJECT(*state, { "_members", JSONB, "{\"a\": 1}" }), "{\"a\": 1}");
	assert_string_equal(
	    OBJECT(*state, { "_members", JSONB, "{}" }, { "b", BIGINT, "2" }), "{\"b\":2}");
	assert_string_equal(
	    OBJECT(*state, { "_members", JSONB, NULL }, { "b", BIGINT, "2" }), "{\"b\":2}");
}

static void
what_a_page_goes_on_from_is_an_array(void **state)
{
	struct buffer out;

	buffer_init(&out, *state, 0);
	rows_write_key(&out,
	    ROW(*state, { "name", TEXT, "a" }, { "_next_name", TEXT, "Bär" },
		{ "_next_rank", BIGINT, NULL }, { "_next_id", BIGINT, "3" }),
	    0);
	assert_string_equal(buffer_text(&out), "[\"Bär\",null,3]");
}

#define PERSON "0197a2c0-0000-7000-8000-000000000001"
#define NOTE   "0197a2c0-0000-7000-8000-000000000002"

/* The columns that open the others. */
#define KEY(given)                                                    \
	{ "_person", TEXT, PERSON }, { "_wrapping_id", BIGINT, "1" }, \
	    { "_wrapping", BYTEA, (given).wrapping },                 \
	{                                                             \
		"_wrapped", BYTEA, (given).wrapped                    \
	}

struct given {
	const char *wrapping;
	const char *wrapped;
	struct sealing_key key;
};

static struct given
given_person(struct arena *arena)
{
	struct given given = { .wrapping = sealing_wrapping_new(arena, "1") };

	given.wrapped = sealing_key_new(arena, PERSON, "1", given.wrapping, &given.key);
	return given;
}

static const char *
sealed(struct arena *arena, const struct given *given, const char *row, const char *column,
    enum sealed_type type, const char *text)
{
	return sealing_seal(arena, &given->key, row, column, type, text, strlen(text));
}

static void
what_is_sealed_is_opened(void **state)
{
	struct given given = given_person(*state);
	const char *name = sealed(*state, &given, PERSON, "name", SEALED_TEXT, "a \"b\"");
	const char *contact =
	    sealed(*state, &given, PERSON, "contact", SEALED_JSON, "{\"a\": null}");

	assert_string_equal(
	    OBJECT(*state, KEY(given), { "id", BIGINT, "7" }, { "name", BYTEA, name },
		{ "contact", BYTEA, contact }, { "message", BYTEA, NULL }),
	    "{\"id\":7,\"name\":\"a \\\"b\\\"\",\"contact\":{\"a\": null}}");
	assert_true(is_whole);
}

static void
what_is_sealed_for_another_row_says_for_which(void **state)
{
	struct given given = given_person(*state);
	const char *text = sealed(*state, &given, NOTE, "text", SEALED_TEXT, "a");

	assert_string_equal(
	    OBJECT(*state, { "text", BYTEA, text }, { "_row", TEXT, NOTE }, KEY(given)),
	    "{\"text\":\"a\"}");
	assert_true(is_whole);
	assert_string_equal(OBJECT(*state, { "text", BYTEA, text }, KEY(given)), "{}");
	assert_false(is_whole);
}

static void
what_does_not_open_is_left_out(void **state)
{
	struct given given = given_person(*state);
	const char *name = sealed(*state, &given, PERSON, "name", SEALED_TEXT, "a");
	const char *other = sealed(*state, &given, PERSON, "text", SEALED_TEXT, "a");

	assert_string_equal(
	    OBJECT(*state, KEY(given), { "a", BIGINT, "1" }, { "name", BYTEA, other },
		{ "text", BYTEA, other }, { "b", BIGINT, "2" }),
	    "{\"a\":1,\"text\":\"a\",\"b\":2}");
	assert_false(is_whole);
	given.wrapped = given.wrapping;
	assert_string_equal(OBJECT(*state, { "name", BYTEA, name }, KEY(given)), "{}");
	assert_false(is_whole);
	given.wrapped = NULL;
	assert_string_equal(OBJECT(*state, KEY(given), { "name", BYTEA, name }), "{}");
	assert_false(is_whole);
	assert_string_equal(OBJECT(*state, { "name", BYTEA, name }), "{}");
	assert_false(is_whole);
}

static void
the_key_is_not_missed_where_nothing_is_sealed(void **state)
{
	assert_string_equal(
	    OBJECT(*state, { "_person", TEXT, PERSON }, { "_other", BYTEA, "\\x00" },
		{ "name", BYTEA, NULL }, { "id", BIGINT, "1" }),
	    "{\"id\":1}");
	assert_true(is_whole);
}

static void
values_are_found_by_name(void **state)
{
	const struct rows *rows = ROW(*state, { "a", TEXT, "x" }, { "B", TEXT, NULL });

	assert_int_equal(rows_count(rows), 1);
	assert_int_equal(rows_columns(rows), 2);
	assert_int_equal(rows_column(rows, "B"), 1);
	assert_int_equal(rows_column(rows, "b"), 2);
	assert_string_equal(rows_text(rows, 0, "a"), "x");
	assert_null(rows_text(rows, 0, "B"));
	assert_null(rows_text(rows, 0, "c"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_type_has_its_form, setup, teardown),
		cmocka_unit_test_setup_teardown(null_is_left_out, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    names_with_an_underscore_are_for_the_carrier, setup, teardown),
		cmocka_unit_test_setup_teardown(members_go_first, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    what_a_page_goes_on_from_is_an_array, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_sealed_is_opened, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    what_is_sealed_for_another_row_says_for_which, setup, teardown),
		cmocka_unit_test_setup_teardown(what_does_not_open_is_left_out, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    the_key_is_not_missed_where_nothing_is_sealed, setup, teardown),
		cmocka_unit_test_setup_teardown(values_are_found_by_name, setup, teardown),
	};

	return cmocka_run_group_tests(tests, setup_secrets, NULL);
}
