/* test_referral_codes.c: codes that people type: what counts of them, and which errors show. */
#include <ctype.h>
#include <string.h>

#include "api/referral_codes.h"
#include "core/secrets.h"
#include "tests/unit/fixture.h"

#define ROUNDS 50

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static void
it_has_three_groups_and_is_another_each_time(void **state)
{
	const char *code = referral_code_new(*state);

	assert_int_equal(strlen(code), 14);
	assert_true(code[4] == '-' && code[9] == '-');
	assert_string_not_equal(code, referral_code_new(*state));
	assert_string_not_equal(referral_code_hash(*state, code),
	    referral_code_hash(*state, referral_code_new(*state)));
}

static void
case_and_hyphens_do_not_count(void **state)
{
	const char *code = referral_code_new(*state), *hash = referral_code_hash(*state, code);
	char *other = arena_strdup(*state, code), *plain = other;

	for (const char *c = code; *c != '\0'; c++)
		if (*c != '-')
			*plain++ = (char)tolower(*c);
	*plain = '\0';
	assert_string_equal(referral_code_hash(*state, other), hash);
}

static void
any_wrong_character_shows(void **state)
{
	for (int round = 0; round < ROUNDS; round++) {
		char *code = arena_strdup(*state, referral_code_new(*state));

		for (size_t i = 0; code[i] != '\0'; i++) {
			char was = code[i];

			for (const char *c = digits; *c != '\0' && was != '-'; c++) {
				code[i] = *c;
				assert_int_equal(
				    referral_code_hash(*state, code) != NULL, *c == was);
			}
			code[i] = was;
		}
	}
}

/* Only 0 and Z change places unseen. */
static void
neighbours_that_changed_places_show(void **state)
{
	for (int round = 0; round < ROUNDS; round++) {
		char *code = arena_strdup(*state, referral_code_new(*state));

		for (size_t i = 0; i < 3; i++) {
			char a = code[i], b = code[i + 1];

			if (a == b || (strchr("0Z", a) != NULL && strchr("0Z", b) != NULL))
				continue;
			code[i] = b;
			code[i + 1] = a;
			assert_null(referral_code_hash(*state, code));
			code[i] = a;
			code[i + 1] = b;
		}
	}
}

static void
what_is_none_is_none(void **state)
{
	static const char *const none[] = { "", "-", "0", "000000000001", "0000000000000",
		"UUUUUUUUUUUU", "0000 0000 0000", "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4" };

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_null(referral_code_hash(*state, none[i]));
	assert_non_null(referral_code_hash(*state, "000000000000"));
	assert_string_equal(referral_code_hash(*state, "oOoO-OOOO-0000"),
	    referral_code_hash(*state, "000000000000"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    it_has_three_groups_and_is_another_each_time, setup, teardown),
		cmocka_unit_test_setup_teardown(case_and_hyphens_do_not_count, setup, teardown),
		cmocka_unit_test_setup_teardown(any_wrong_character_shows, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    neighbours_that_changed_places_show, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_none_is_none, setup, teardown),
	};

	return cmocka_run_group_tests(tests, setup_secrets, NULL);
}
