/* test_envelope.c: senders that say whose mail comes back, if we sent it; addresses as hashes. */
#include <string.h>

#include "core/envelope.h"
#include "core/secrets.h"
#include "core/suppression.h"
#include "tests/unit/fixture.h"

static const char pattern[] = "Bounce+{token}@mail.example";
static const struct envelope sent = { "01890a5d-ac96-774b-bcce-b302099a8057", 1767225600 };

static char *
sender_of(struct arena *arena)
{
	return arena_strdup(arena, envelope_sender(arena, pattern, &sent, 7));
}

static void
it_says_to_whom_and_when(void **state)
{
	struct envelope found;

	assert_true(envelope_find(*state, pattern, sender_of(*state), &found));
	assert_string_equal(found.person, sent.person);
	assert_int_equal(found.sent, sent.sent);
}

static void
it_is_an_address_that_servers_take(void **state)
{
	const char *sender = sender_of(*state);
	struct address address;

	assert_true(address_read(*state, sender, &address));
	assert_true(strchr(sender, '@') - sender <= 64);
	assert_int_equal(strspn(sender + strlen("Bounce+"), "abcdefghijklmnopqrstuvwxyz234567"),
	    ENVELOPE_TOKEN_LENGTH);
}

static void
mails_of_one_second_differ(void **state)
{
	assert_string_not_equal(
	    envelope_sender(*state, pattern, &sent, 1), envelope_sender(*state, pattern, &sent, 2));
}

static void
it_is_found_in_whatever_stands_around_it_and_in_capitals(void **state)
{
	char *sender = sender_of(*state);
	struct envelope found;

	for (char *c = sender; *c != '\0'; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	assert_true(envelope_find(*state, pattern,
	    arena_printf(*state, "a@b.example\n \"Bounce+\" <%s>, c@d.example", sender), &found));
	assert_string_equal(found.person, sent.person);
	assert_true(envelope_find(*state, "{token}@mail.example", sender, &found));
}

static void
another_character_anywhere_makes_it_worthless(void **state)
{
	char *sender = sender_of(*state);
	struct envelope found;

	for (char *c = sender + strlen("Bounce+"); *c != '@'; c++) {
		char was = *c;

		for (const char *other = "abcdefghijklmnopqrstuvwxyz234567189%"; *other != '\0';
		     other++) {
			*c = *other;
			assert_int_equal(
			    envelope_find(*state, pattern, sender, &found), *other == was);
		}
		*c = was;
	}
}

static void
what_is_none_is_none(void **state)
{
	const char *sender = sender_of(*state);
	struct envelope found;

	for (size_t i = 1; i <= strlen(sender); i++) {
		assert_false(envelope_find(*state, pattern, sender + i, &found));
		assert_false(envelope_find(
		    *state, pattern, arena_copy(*state, sender, strlen(sender) - i), &found));
	}
	assert_false(envelope_find(*state, "other+{token}@mail.example", sender, &found));
	assert_false(envelope_find(*state, "bounce+{token}@other.example", sender, &found));
}

static void
a_pattern_is_an_address_with_room_for_a_token(void **state)
{
	static const char *const right[] = { "bounce+{token}@mail.example", "{token}@mail.example",
		"sixteen-letters+{token}@mail.example", "b-{token}@köln.example" };
	static const char *const wrong[] = { "", "{token}", "bounce@mail.example",
		"bounce+{token}@", "seventeen-letters+{token}@mail.example",
		"b {token}@mail.example", "ö{token}@mail.example", "b@mail.example {token}" };

	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		assert_true(envelope_is_right(*state, right[i]));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(envelope_is_right(*state, wrong[i]));
}

static void
an_address_is_the_same_in_every_spelling(void **state)
{
	static const char *const same[] = { "niemand@köln.example", "Niemand@KÖLN.example",
		"\"niemand\"@xn--kln-sna.example", "niemand@Xn--Kln-Sna.EXAMPLE" };
	struct address first, other;

	assert_true(address_read(*state, same[0], &first));
	for (size_t i = 1; i < sizeof(same) / sizeof(same[0]); i++) {
		assert_true(address_read(*state, same[i], &other));
		assert_string_equal(
		    suppression_hash(*state, &other), suppression_hash(*state, &first));
	}
	assert_true(address_read(*state, "jemand@köln.example", &other));
	assert_string_not_equal(suppression_hash(*state, &other), suppression_hash(*state, &first));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_says_to_whom_and_when, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    it_is_an_address_that_servers_take, setup, teardown),
		cmocka_unit_test_setup_teardown(mails_of_one_second_differ, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    it_is_found_in_whatever_stands_around_it_and_in_capitals, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    another_character_anywhere_makes_it_worthless, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_none_is_none, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_pattern_is_an_address_with_room_for_a_token, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    an_address_is_the_same_in_every_spelling, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
