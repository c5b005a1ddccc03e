/* test_outcome.c: problems as OperationOutcome. */
#include <jansson.h>
#include <string.h>

#include "api/outcome.h"
#include "tests/unit/fixture.h"

static const char *
render(struct arena *arena, enum problem problem, const struct problem_context *context)
{
	struct buffer out;

	buffer_init(&out, arena, 0);
	outcome_render(&out, problem, context);
	return buffer_text(&out);
}

static void
a_problem_without_faults_is_one_issue(void **state)
{
	const struct problem_context context = { .base_url = "https://runde.example",
		.detail = "Köln \"1\"" };

	assert_string_equal(render(*state, PROBLEM_NOT_FOUND, &context),
	    "{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"error\","
	    "\"code\":\"not-found\",\"details\":{\"coding\":[{\"system\":"
	    "\"https://runde.example/problems\",\"code\":\"not-found\"}],"
	    "\"text\":\"There is nothing here\"},\"diagnostics\":\"Köln \\\"1\\\"\"}]}");
}

static void
every_fault_is_an_issue_with_its_place(void **state)
{
	struct faults *faults = faults_new(*state);
	const struct problem_context context = { .faults = faults };
	const char *text;

	faults_add_parameter(faults, "_id", "format", "must be a UUID");
	faults_add_pointer(faults, "/code/coding/0/code", "required", "is required");
	faults_add_pointer(faults, "", "type", "must be an object");
	text = render(*state, PROBLEM_INVALID_BODY, &context);
	assert_non_null(strstr(
	    text, "\"diagnostics\":\"must be a UUID\",\"location\":[\"http._id\"]},{\"severity\""));
	assert_non_null(strstr(
	    text, "\"diagnostics\":\"is required\",\"expression\":[\"code.coding[0].code\"]}"));
	assert_non_null(strstr(text, "\"diagnostics\":\"must be an object\"}]}"));
}

/* The issue types of R4 that we use. */
static void
every_problem_has_an_issue_type(void **state)
{
	static const char *const types[] = { "value", "too-costly", "structure", "login",
		"forbidden", "not-found", "not-supported", "timeout", "duplicate", "lock-error",
		"business-rule", "conflict", "expired", "too-long", "invalid", "required",
		"throttled", "exception", "transient" };

	for (enum problem problem = PROBLEM_NONE + 1; problem < PROBLEM_COUNT; problem++) {
		json_t *outcome =
		    json_loads(render(*state, problem, &(struct problem_context){ 0 }), 0, NULL);
		const char *code = json_string_value(
		    json_object_get(json_array_get(json_object_get(outcome, "issue"), 0), "code"));
		bool is_known = false;

		assert_non_null(code);
		for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
			is_known |= strcmp(types[i], code) == 0;
		assert_true(
		    is_known || problem_status(problem) == 417 || problem_status(problem) == 505);
		json_decref(outcome);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_problem_without_faults_is_one_issue, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    every_fault_is_an_issue_with_its_place, setup, teardown),
		cmocka_unit_test_setup_teardown(every_problem_has_an_issue_type, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
