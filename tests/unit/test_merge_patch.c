/* test_merge_patch.c: JSON Merge Patch, with the cases of RFC 7396, appendix A. */
#include <setjmp.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "api/merge_patch.h"

static json_t *
parse(const char *text)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

	assert_non_null(value);
	return value;
}

static void
assert_patched(const char *target_text, const char *patch_text, const char *expected_text)
{
	json_t *target = parse(target_text), *patch = parse(patch_text);
	json_t *expected = parse(expected_text), *result = merge_patch(target, patch);

	if (!json_equal(result, expected))
		fail_msg("%s patched by %s is not %s", target_text, patch_text, expected_text);
	json_decref(result);
	json_decref(expected);
	json_decref(patch);
	json_decref(target);
}

static void
the_cases_of_the_standard_hold(void **state)
{
	/* clang-format off */
	static const struct {
		const char *target;
		const char *patch;
		const char *result;
	} cases[] = {
		{ "{\"a\":\"b\"}",             "{\"a\":\"c\"}",                    "{\"a\":\"c\"}"             },
		{ "{\"a\":\"b\"}",             "{\"b\":\"c\"}",                    "{\"a\":\"b\",\"b\":\"c\"}" },
		{ "{\"a\":\"b\"}",             "{\"a\":null}",                     "{}"                        },
		{ "{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}",                     "{\"b\":\"c\"}"             },
		{ "{\"a\":[\"b\"]}",           "{\"a\":\"c\"}",                    "{\"a\":\"c\"}"             },
		{ "{\"a\":\"c\"}",             "{\"a\":[\"b\"]}",                  "{\"a\":[\"b\"]}"           },
		{ "{\"a\":{\"b\":\"c\"}}",     "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}"     },
		{ "{\"a\":[{\"b\":\"c\"}]}",   "{\"a\":[1]}",                      "{\"a\":[1]}"               },
		{ "[\"a\",\"b\"]",             "[\"c\",\"d\"]",                    "[\"c\",\"d\"]"             },
		{ "{\"a\":\"b\"}",             "[\"c\"]",                          "[\"c\"]"                   },
		{ "{\"a\":\"foo\"}",           "null",                             "null"                      },
		{ "{\"a\":\"foo\"}",           "\"bar\"",                          "\"bar\""                   },
		{ "{\"e\":null}",              "{\"a\":1}",                        "{\"e\":null,\"a\":1}"      },
		{ "[1,2]",                     "{\"a\":\"b\",\"c\":null}",         "{\"a\":\"b\"}"             },
		{ "{}",                        "{\"a\":{\"bb\":{\"ccc\":null}}}",  "{\"a\":{\"bb\":{}}}"       },
	};
	/* clang-format on */

	(void)state;
	assert_int_equal(sizeof(cases) / sizeof(*cases), 15);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_patched(cases[i].target, cases[i].patch, cases[i].result);
}

static void
an_empty_patch_changes_nothing(void **state)
{
	(void)state;
	assert_patched("{\"a\":{\"b\":[1]}}", "{}", "{\"a\":{\"b\":[1]}}");
}

static void
an_object_replaces_what_was_none(void **state)
{
	(void)state;
	assert_patched(
	    "{\"a\":1}", "{\"a\":{\"b\":{\"c\":2},\"d\":null}}", "{\"a\":{\"b\":{\"c\":2}}}");
}

static void
nulls_in_arrays_stay(void **state)
{
	(void)state;
	assert_patched("{}", "{\"a\":[null,{\"b\":null}]}", "{\"a\":[null,{\"b\":null}]}");
}

static void
members_keep_their_order(void **state)
{
	json_t *target = parse("{\"z\":1,\"y\":2,\"x\":3}"), *patch = parse("{\"y\":4,\"a\":5}");
	json_t *result = merge_patch(target, patch);
	char *text = json_dumps(result, JSON_COMPACT);

	(void)state;
	assert_string_equal(text, "{\"z\":1,\"y\":4,\"x\":3,\"a\":5}");
	free(text);
	json_decref(result);
	json_decref(patch);
	json_decref(target);
}

static void
the_result_shares_nothing_with_what_it_was_made_of(void **state)
{
	static const char *const target_text =
	    "{\"kept\":{\"list\":[1]},\"changed\":{\"old\":[2]}}";
	static const char *const patch_text =
	    "{\"changed\":{\"new\":[3]},\"added\":{\"list\":[4]}}";
	json_t *target = parse(target_text), *patch = parse(patch_text);
	json_t *same_target = parse(target_text), *same_patch = parse(patch_text);
	json_t *result = merge_patch(target, patch);
	json_t *changed = json_object_get(result, "changed");

	(void)state;
	json_array_clear(json_object_get(json_object_get(result, "kept"), "list"));
	json_array_clear(json_object_get(json_object_get(result, "added"), "list"));
	json_array_clear(json_object_get(changed, "old"));
	json_array_clear(json_object_get(changed, "new"));
	json_object_clear(changed);
	assert_true(json_equal(target, same_target));
	assert_true(json_equal(patch, same_patch));
	json_decref(result);
	json_decref(same_patch);
	json_decref(same_target);
	json_decref(patch);
	json_decref(target);
}

/* {"a":{"a":… }}, so many objects in one another. */
static json_t *
nested(size_t levels)
{
	json_t *value = json_object();

	while (--levels > 0)
		value = json_pack("{s:o}", "a", value);
	return value;
}

static void
assert_level_limit(size_t target_levels, size_t patch_levels, bool accepted)
{
	json_t *target = nested(target_levels), *patch = nested(patch_levels);
	json_t *result = merge_patch(target, patch);

	assert_true((result != NULL) == accepted);
	json_decref(result);
	json_decref(patch);
	json_decref(target);
}

static void
nesting_is_limited(void **state)
{
	(void)state;
	assert_level_limit(64, 64, true);
	assert_level_limit(65, 1, false);
	assert_level_limit(1, 65, false);
	assert_level_limit(1, 2000, false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_cases_of_the_standard_hold),
		cmocka_unit_test(an_empty_patch_changes_nothing),
		cmocka_unit_test(an_object_replaces_what_was_none),
		cmocka_unit_test(nulls_in_arrays_stay),
		cmocka_unit_test(members_keep_their_order),
		cmocka_unit_test(the_result_shares_nothing_with_what_it_was_made_of),
		cmocka_unit_test(nesting_is_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
