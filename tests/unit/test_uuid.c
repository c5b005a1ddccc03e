/* test_uuid.c: names of version 7: unlike each other, and telling when. */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/uuid.h"
#include "tests/unit/fixture.h"

static void
it_has_the_form_of_version_7(void **state)
{
	static const char form[] = "xxxxxxxx-xxxx-7xxx-vxxx-xxxxxxxxxxxx";

	for (int i = 0; i < 1000; i++) {
		const char *uuid = uuid_new(*state);

		assert_int_equal(strlen(uuid), sizeof(form) - 1);
		for (size_t j = 0; j < sizeof(form) - 1; j++)
			if (form[j] == 'x')
				assert_non_null(strchr("0123456789abcdef", uuid[j]));
			else if (form[j] == 'v')
				assert_non_null(strchr("89ab", uuid[j]));
			else
				assert_int_equal(uuid[j], form[j]);
	}
}

static void
it_begins_with_the_milliseconds_of_the_clock(void **state)
{
	int64_t before = clock_now() / 1000;
	const char *uuid = uuid_new(*state);
	int64_t after = clock_now() / 1000, instant;

	instant = (int64_t)strtoull(arena_printf(*state, "%.8s%.4s", uuid, uuid + 9), NULL, 16);
	assert_in_range(instant, before, after);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
no_two_are_the_same(void **state)
{
	const char *uuids[1000];

	for (size_t i = 0; i < 1000; i++)
		uuids[i] = uuid_new(*state);
	qsort(uuids, 1000, sizeof(*uuids), compare);
	for (size_t i = 1; i < 1000; i++)
		assert_string_not_equal(uuids[i - 1], uuids[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_has_the_form_of_version_7, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    it_begins_with_the_milliseconds_of_the_clock, setup, teardown),
		cmocka_unit_test_setup_teardown(no_two_are_the_same, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
