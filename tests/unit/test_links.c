/* test_links.c: tokens in mails: good for one thing, and only if we made them. */
#include <string.h>

#include "core/links.h"
#include "core/secrets.h"
#include "tests/unit/fixture.h"

static const char person[] = "01890a5d-ac96-774b-bcce-b302099a8057";

static void
it_says_whose_it_is(void **state)
{
	static const unsigned generations[] = { 0, 1, 255, 256, 0x12345678, 0xffffffff };
	struct link link;

	for (size_t i = 0; i < sizeof(generations) / sizeof(generations[0]); i++) {
		assert_true(link_read(*state, LINK_PERSON,
		    link_token(*state, LINK_PERSON, person, generations[i]), &link));
		assert_string_equal(link.person, person);
		assert_int_equal(link.generation, generations[i]);
	}
}

static void
it_is_good_for_one_purpose(void **state)
{
	struct link link;

	for (enum link_purpose made = 0; made < LINK_PURPOSE_COUNT; made++)
		for (enum link_purpose read = 0; read < LINK_PURPOSE_COUNT; read++)
			assert_int_equal(
			    link_read(*state, read, link_token(*state, made, person, 1), &link),
			    made == read);
}

static void
another_character_anywhere_makes_it_worthless(void **state)
{
	char *token = arena_strdup(*state, link_token(*state, LINK_PERSON, person, 1));
	struct link link;

	for (size_t i = 0; token[i] != '\0'; i++) {
		char was = token[i];

		token[i] = was == 'A' ? 'B' : 'A';
		assert_false(link_read(*state, LINK_PERSON, token, &link));
		token[i] = was;
	}
	assert_true(link_read(*state, LINK_PERSON, token, &link));
}

static void
what_is_none_is_none(void **state)
{
	const char *token = link_token(*state, LINK_PERSON, person, 1);
	struct link link;

	assert_false(link_read(*state, LINK_PERSON, "", &link));
	assert_false(link_read(*state, LINK_PERSON, "%", &link));
	assert_false(link_read(*state, LINK_PERSON, token + 4, &link));
	assert_false(link_read(*state, LINK_PERSON, arena_printf(*state, "%sAAAA", token), &link));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_says_whose_it_is, setup, teardown),
		cmocka_unit_test_setup_teardown(it_is_good_for_one_purpose, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    another_character_anywhere_makes_it_worthless, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_none_is_none, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
