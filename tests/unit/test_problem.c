/* test_problem.c: problem documents, lists of faults, and the JSON strings in them. */
#include <jansson.h>
#include <string.h>

#include "api/problem.h"
#include "core/json.h"
#include "tests/unit/fixture.h"

static const char *
render(struct arena *arena, enum problem problem, const struct problem_context *context)
{
	struct buffer out;

	buffer_init(&out, arena, 0);
	problem_render(&out, problem, context);
	return buffer_text(&out);
}

static const char *
quoted(struct arena *arena, const char *bytes, size_t length)
{
	struct buffer out;

	buffer_init(&out, arena, 0);
	json_write_string(&out, bytes, length);
	return buffer_text(&out);
}

static void
every_problem_has_a_status_a_slug_and_a_title(void **state)
{
	(void)state;
	for (enum problem problem = PROBLEM_NONE + 1; problem < PROBLEM_COUNT; problem++) {
		assert_in_range(problem_status(problem), 400, 599);
		assert_int_equal(problem_by_slug(problem_slug(problem)), problem);
		assert_true(strlen(problem_title(problem)) > 0);
	}
}

static void
what_is_no_problem_counts_as_internal(void **state)
{
	(void)state;
	assert_int_equal(problem_by_slug("no-such-slug"), PROBLEM_INTERNAL);
	assert_int_equal(problem_by_slug(""), PROBLEM_INTERNAL);
	assert_int_equal(problem_status(PROBLEM_NONE), 500);
	assert_string_equal(problem_slug(PROBLEM_COUNT), "internal");
}

static void
a_document_without_anything_special_is_short(void **state)
{
	assert_string_equal(render(*state, PROBLEM_NOT_FOUND, &(struct problem_context){ 0 }),
	    "{\"type\":\"/problems/not-found\",\"title\":\"There is nothing here\","
	    "\"status\":404}");
}

static void
members_stand_in_their_order(void **state)
{
	struct faults *faults = faults_new(*state);
	const struct problem_context context = { "https://runde.example", "/v1/groups", "r-1",
		"Two things are wrong", faults };

	faults_add_pointer(faults, "/name", "too_long", "must have at most %d characters", 200);
	faults_add_parameter(faults, "limit", "type", "must be an integer");
	assert_string_equal(render(*state, PROBLEM_INVALID_BODY, &context),
	    "{\"type\":\"https://runde.example/problems/invalid-body\","
	    "\"title\":\"The body does not follow its schema\",\"status\":422,"
	    "\"detail\":\"Two things are wrong\",\"instance\":\"/v1/groups\","
	    "\"request_id\":\"r-1\",\"errors\":["
	    "{\"pointer\":\"/name\",\"code\":\"too_long\","
	    "\"detail\":\"must have at most 200 characters\"},"
	    "{\"parameter\":\"limit\",\"code\":\"type\","
	    "\"detail\":\"must be an integer\"}]}");
}

static void
an_empty_list_of_faults_is_left_out(void **state)
{
	const struct problem_context context = { .faults = faults_new(*state) };

	assert_null(strstr(render(*state, PROBLEM_CONFLICT, &context), "errors"));
}

static void
texts_are_escaped(void **state)
{
	const struct problem_context context = { .instance = "/a\"b\\c\n\x01", .detail = "Köln" };
	json_t *document = json_loads(render(*state, PROBLEM_CONFLICT, &context), 0, NULL);

	assert_non_null(document);
	assert_string_equal(
	    json_string_value(json_object_get(document, "instance")), context.instance);
	assert_string_equal(json_string_value(json_object_get(document, "detail")), "Köln");
	json_decref(document);
}

static void
faults_beyond_the_limit_are_counted_but_not_kept(void **state)
{
	struct faults *faults = faults_new(*state);
	const struct problem_context context = { .faults = faults };
	json_t *document;

	for (size_t i = 0; i < FAULTS_MAX + 5; i++)
		faults_add_pointer(faults, "", "required", "number %zu", i);
	assert_int_equal(faults->count, FAULTS_MAX + 5);
	document = json_loads(render(*state, PROBLEM_INVALID_BODY, &context), 0, NULL);
	assert_int_equal(json_array_size(json_object_get(document, "errors")), FAULTS_MAX);
	json_decref(document);
}

static void
pointers_are_copied(void **state)
{
	struct faults *faults = faults_new(*state);
	char pointer[] = "/name";

	faults_add_pointer(faults, pointer, "required", "is required");
	pointer[1] = 'x';
	assert_string_equal(faults->items[0].pointer, "/name");
	assert_null(faults->items[0].parameter);
}

static void
strings_are_quoted_and_escaped(void **state)
{
	/* clang-format off */
	static const struct {
		const char *bytes;
		const char *expected;
	} cases[] = {
		{ "",                        "\"\""                        },
		{ "a",                       "\"a\""                       },
		{ "eight by",                "\"eight by\""                },
		{ "longer than eight bytes", "\"longer than eight bytes\"" },
		{ "\"",                      "\"\\\"\""                    },
		{ "back\\slash",             "\"back\\\\slash\""           },
		{ "\b\f\n\r\t",              "\"\\b\\f\\n\\r\\t\""         },
		{ "\x01\x1f\x0b",            "\"\\u0001\\u001f\\u000b\""   },
		{ "\x7f/ äöü €",             "\"\x7f/ äöü €\""             },
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_string_equal(
		    quoted(*state, cases[i].bytes, strlen(cases[i].bytes)), cases[i].expected);
	assert_string_equal(quoted(*state, "a\0b", 3), "\"a\\u0000b\"");
}

/* Every byte at every place of a text: what a parser reads is what was written. */
static void
every_byte_survives_at_every_place(void **state)
{
	for (int byte = 0; byte < 0x80; byte++) {
		for (size_t place = 0; place < 20; place++) {
			char bytes[20];
			json_t *value;

			memset(bytes, 'x', sizeof(bytes));
			bytes[place] = (char)byte;
			value = json_loads(quoted(*state, bytes, sizeof(bytes)),
			    JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
			assert_non_null(value);
			assert_int_equal(json_string_length(value), sizeof(bytes));
			assert_memory_equal(json_string_value(value), bytes, sizeof(bytes));
			json_decref(value);
		}
	}
}

static void
depth_is_counted_outside_of_strings(void **state)
{
	/* clang-format off */
	static const struct {
		const char *text;
		size_t depth;
	} cases[] = {
		{ "",                         0 },
		{ "12",                       0 },
		{ "[]",                       1 },
		{ "{\"a\":[1,[2]],\"b\":{}}", 3 },
		{ "[[],[],[]]",               2 },
		{ "\"[[[[\"",                 0 },
		{ "[\"\\\"[[\"]",             1 },
		{ "[[[",                      3 },
		{ "]]]]]][[",                 2 },
		{ "\"\\",                     0 },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(json_depth(cases[i].text, strlen(cases[i].text)), cases[i].depth);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_problem_has_a_status_a_slug_and_a_title),
		cmocka_unit_test(what_is_no_problem_counts_as_internal),
		cmocka_unit_test(a_document_without_anything_special_is_short),
		cmocka_unit_test(members_stand_in_their_order),
		cmocka_unit_test(an_empty_list_of_faults_is_left_out),
		cmocka_unit_test(texts_are_escaped),
		cmocka_unit_test(faults_beyond_the_limit_are_counted_but_not_kept),
		cmocka_unit_test(pointers_are_copied),
		cmocka_unit_test(strings_are_quoted_and_escaped),
		cmocka_unit_test(every_byte_survives_at_every_place),
		cmocka_unit_test(depth_is_counted_outside_of_strings),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
