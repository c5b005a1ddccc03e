/* test_sealing.c: what is sealed opens in its own place under its own keys, and nowhere else. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/sealing.h"
#include "core/secrets.h"
#include "tests/unit/fixture.h"

#define PERSON   "0197a2c0-0000-7000-8000-000000000001"
#define STRANGER "0197a2c0-0000-7000-8000-000000000002"
#define OVERHEAD ((size_t)(1 + 1 + 24 + 16))

/* A person with a data key, and what opens it. */
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
	assert_non_null(given.wrapped);
	return given;
}

static const char *
seal(struct arena *arena, const struct sealing_key *key, const char *text)
{
	return sealing_seal(arena, key, PERSON, "contact", SEALED_TEXT, text, strlen(text));
}

static const char *
opened_as(struct arena *arena, const struct sealing_key *key, const char *row, const char *column,
    const char *sealed)
{
	enum sealed_type type;
	size_t length;

	return sealing_open(arena, key, row, column, sealed, &type, &length);
}

static bool
opens(const struct sealing_key *key, const char *sealed)
{
	struct arena *arena = arena_new();
	bool opened = opened_as(arena, key, PERSON, "contact", sealed) != NULL;

	arena_free(arena);
	return opened;
}

static bool
key_opens(const struct given *given, const char *wrapped)
{
	struct sealing_key key;

	return sealing_key_open(PERSON, "1", given->wrapping, wrapped, &key);
}

/* One bit of one byte of an envelope is turned over. */
static char *
flipped(struct arena *arena, const char *sealed, size_t byte)
{
	char *copy = arena_strdup(arena, sealed), digits[3] = { 0 };

	memcpy(digits, copy + 2 + byte * 2, 2);
	snprintf(digits, sizeof(digits), "%02x", (unsigned)strtoul(digits, NULL, 16) ^ 1);
	memcpy(copy + 2 + byte * 2, digits, 2);
	return copy;
}

static size_t
bytes_of(const char *sealed)
{
	return (strlen(sealed) - 2) / 2;
}

static void
what_is_sealed_opens(void **state)
{
	struct given given = given_person(*state);
	char *long_text = arena_take(*state, 10001);
	const char *const texts[] = { "", "a", "M\xc3\xbcller", "\\x00", long_text };

	memset(long_text, 'x', 10000);
	long_text[10000] = '\0';
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		enum sealed_type type = 0, wanted = i % 2 == 0 ? SEALED_TEXT : SEALED_JSON;
		size_t length = 7;
		const char *sealed = sealing_seal(
		    *state, &given.key, PERSON, "contact", wanted, texts[i], strlen(texts[i]));
		const char *text =
		    sealing_open(*state, &given.key, PERSON, "contact", sealed, &type, &length);

		assert_string_equal(text, texts[i]);
		assert_int_equal(length, strlen(texts[i]));
		assert_int_equal(type, wanted);
	}
}

static void
bytes_of_zero_are_kept(void **state)
{
	struct given given = given_person(*state);
	enum sealed_type type;
	size_t length;
	const char *sealed =
	    sealing_seal(*state, &given.key, PERSON, "contact", SEALED_TEXT, "a\0b\0", 4);
	const char *text =
	    sealing_open(*state, &given.key, PERSON, "contact", sealed, &type, &length);

	assert_int_equal(length, 4);
	assert_memory_equal(text, "a\0b\0", 5);
}

static void
the_data_key_is_the_same_when_it_is_opened_again(void **state)
{
	struct given given = given_person(*state);
	struct sealing_key again;

	assert_true(sealing_key_open(PERSON, "1", given.wrapping, given.wrapped, &again));
	assert_memory_equal(&again, &given.key, sizeof(again));
}

static void
nothing_sealed_twice_looks_the_same(void **state)
{
	struct given given = given_person(*state), other = given_person(*state);

	assert_string_not_equal(seal(*state, &given.key, "a"), seal(*state, &given.key, "a"));
	assert_memory_not_equal(&given.key, &other.key, sizeof(other.key));
}

static void
a_value_opens_in_its_row_and_column_only(void **state)
{
	struct given given = given_person(*state);
	const char *sealed = seal(*state, &given.key, "a");

	assert_non_null(opened_as(*state, &given.key, PERSON, "contact", sealed));
	assert_null(opened_as(*state, &given.key, STRANGER, "contact", sealed));
	assert_null(opened_as(*state, &given.key, PERSON, "message", sealed));
	assert_null(opened_as(*state, &given.key, PERSON, "", sealed));
	assert_null(opened_as(*state, &given.key, "", PERSON "/contact", sealed));
}

static void
a_value_opens_under_its_own_key_only(void **state)
{
	struct given given = given_person(*state), other = given_person(*state);
	const char *sealed = seal(*state, &given.key, "a");

	assert_true(opens(&given.key, sealed));
	assert_false(opens(&other.key, sealed));
}

static void
a_data_key_opens_for_its_person_only(void **state)
{
	struct given given = given_person(*state);
	struct sealing_key key;

	assert_true(sealing_key_open(PERSON, "1", given.wrapping, given.wrapped, &key));
	assert_false(sealing_key_open(STRANGER, "1", given.wrapping, given.wrapped, &key));
}

static void
a_data_key_opens_under_its_wrapping_key_only(void **state)
{
	struct given given = given_person(*state);
	const char *other = sealing_wrapping_new(*state, "1");
	struct sealing_key key;

	assert_false(sealing_key_open(PERSON, "1", other, given.wrapped, &key));
	assert_false(sealing_key_open(PERSON, "2", given.wrapping, given.wrapped, &key));
	assert_null(sealing_key_new(*state, PERSON, "2", given.wrapping, &key));
}

static void
one_layer_is_not_taken_for_another(void **state)
{
	struct given given = given_person(*state);
	struct sealing_key key;

	assert_false(key_opens(&given, given.wrapping));
	assert_false(sealing_key_open(PERSON, "1", given.wrapped, given.wrapped, &key));
	assert_false(opens(&given.key, given.wrapped));
}

static void
a_changed_byte_is_noticed(void **state)
{
	struct given given = given_person(*state);
	const char *sealed = seal(*state, &given.key, "a");

	for (size_t i = 0; i < bytes_of(sealed); i++)
		assert_false(opens(&given.key, flipped(*state, sealed, i)));
	for (size_t i = 0; i < bytes_of(given.wrapped); i++)
		assert_false(key_opens(&given, flipped(*state, given.wrapped, i)));
	for (size_t i = 0; i < bytes_of(given.wrapping); i++) {
		struct given changed = given;

		changed.wrapping = flipped(*state, given.wrapping, i);
		assert_false(key_opens(&changed, given.wrapped));
	}
	assert_true(opens(&given.key, flipped(*state, flipped(*state, sealed, 30), 30)));
}

static void
a_text_cannot_be_made_json(void **state)
{
	struct given given = given_person(*state);
	char *sealed = arena_strdup(*state, seal(*state, &given.key, "a"));

	assert_memory_equal(sealed, "\\x0101", 6);
	sealed[5] = '2';
	assert_false(opens(&given.key, sealed));
}

static void
what_is_cut_short_does_not_open(void **state)
{
	struct given given = given_person(*state);
	const char *sealed = seal(*state, &given.key, "a");

	for (size_t length = 0; length < strlen(sealed); length++)
		assert_false(opens(&given.key, arena_copy(*state, sealed, length)));
	for (size_t length = 0; length < strlen(given.wrapped); length++)
		assert_false(key_opens(&given, arena_copy(*state, given.wrapped, length)));
}

static void
what_is_no_envelope_does_not_open(void **state)
{
	struct given given = given_person(*state);
	char *sealed = arena_strdup(*state, seal(*state, &given.key, "a"));
	const char *const others[] = { "", "\\", "\\x", "\\x0", "\\xzz", "text", sealed + 2,
		arena_printf(*state, "%s00", sealed), arena_printf(*state, "%s ", sealed),
		arena_printf(*state, " %s", sealed) };

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_false(opens(&given.key, others[i]));
	sealed[strlen(sealed) - 1] = 'g';
	assert_false(opens(&given.key, sealed));
}

static void
lengths_tell_little(void **state)
{
	static const struct {
		size_t length, padded;
	} cases[] = { { 0, 32 }, { 1, 32 }, { 31, 32 }, { 32, 64 }, { 63, 64 }, { 64, 96 } };
	struct given given = given_person(*state);

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *text = arena_alloc(*state, cases[i].length + 1);

		memset(text, 'x', cases[i].length);
		assert_int_equal(
		    bytes_of(seal(*state, &given.key, text)), OVERHEAD + cases[i].padded);
	}
}

static void
a_rewrapped_key_opens_under_the_new_wrapping_key_only(void **state)
{
	struct given given = given_person(*state);
	const char *sealed = seal(*state, &given.key, "a");
	const char *to = sealing_wrapping_new(*state, "2");
	const char *wrapped =
	    sealing_key_rewrap(*state, PERSON, "1", given.wrapping, given.wrapped, "2", to);
	struct sealing_key key;

	assert_non_null(wrapped);
	assert_false(sealing_key_open(PERSON, "1", given.wrapping, wrapped, &key));
	assert_false(sealing_key_open(PERSON, "2", to, given.wrapped, &key));
	assert_true(sealing_key_open(PERSON, "2", to, wrapped, &key));
	assert_true(opens(&key, sealed));
}

static void
what_does_not_open_is_not_rewrapped(void **state)
{
	struct given given = given_person(*state);
	const char *to = sealing_wrapping_new(*state, "2");

	assert_null(
	    sealing_key_rewrap(*state, STRANGER, "1", given.wrapping, given.wrapped, "2", to));
	assert_null(
	    sealing_key_rewrap(*state, PERSON, "1", given.wrapping, given.wrapped, "3", to));
}

static void
the_purposes_of_the_master_key_do_not_open_for_each_other(void **state)
{
	const char *sealed = secrets_seal(*state, SECRETS_REPLY, "key", "{}", 2);
	size_t length;

	assert_string_equal(
	    secrets_open_sealed(*state, SECRETS_REPLY, "key", sealed, &length), "{}");
	assert_int_equal(length, 2);
	assert_null(secrets_open_sealed(*state, SECRETS_REPLY, "keys", sealed, &length));
	assert_null(secrets_open_sealed(*state, SECRETS_WRAPPING, "key", sealed, &length));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_sealed_opens, setup, teardown),
		cmocka_unit_test_setup_teardown(bytes_of_zero_are_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    the_data_key_is_the_same_when_it_is_opened_again, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    nothing_sealed_twice_looks_the_same, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_value_opens_in_its_row_and_column_only, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_value_opens_under_its_own_key_only, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_data_key_opens_for_its_person_only, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_data_key_opens_under_its_wrapping_key_only, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    one_layer_is_not_taken_for_another, setup, teardown),
		cmocka_unit_test_setup_teardown(a_changed_byte_is_noticed, setup, teardown),
		cmocka_unit_test_setup_teardown(a_text_cannot_be_made_json, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_cut_short_does_not_open, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_envelope_does_not_open, setup, teardown),
		cmocka_unit_test_setup_teardown(lengths_tell_little, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_rewrapped_key_opens_under_the_new_wrapping_key_only, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    what_does_not_open_is_not_rewrapped, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    the_purposes_of_the_master_key_do_not_open_for_each_other, setup, teardown),
	};

	return cmocka_run_group_tests(tests, setup_secrets, NULL);
}
