/* test_arena.c: memory by the block: zeroed, aligned, kept until the end, destroyed in order. */
#include <string.h>

#include "tests/unit/fixture.h"

#define BLOCK ((size_t)16 * 1024)

static bool
is_zero(const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

static void
memory_is_zero_and_aligned_whatever_its_size(void **state)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 100, BLOCK / 4, BLOCK / 4 + 1, BLOCK - 48,
		BLOCK - 16, BLOCK, BLOCK + 1, 100 * BLOCK };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		char *bytes = arena_alloc(*state, sizes[i]);

		assert_int_equal((uintptr_t)bytes % _Alignof(max_align_t), 0);
		assert_true(is_zero(bytes, sizes[i]));
		memset(bytes, 0xA5, sizes[i]);
	}
}

static void
blocks_are_filled_to_the_last_byte_and_no_further(void **state)
{
	for (size_t size = 1; size <= 64; size *= 2)
		for (size_t taken = 0; taken < 3 * BLOCK; taken += size)
			memset(arena_alloc(*state, size), 0xA5, size);
}

static void
memory_that_was_used_before_is_zero_again(void **state)
{
	(void)state;
	for (int round = 0; round < 3; round++) {
		struct arena *arena = arena_new();

		for (int i = 0; i < 100; i++) {
			char *bytes = arena_alloc(arena, 1000);

			assert_true(is_zero(bytes, 1000));
			memset(bytes, 0xA5, 1000);
		}
		arena_free(arena);
	}
}

static void
what_was_handed_out_stays_as_it_was(void **state)
{
	enum { COUNT = 2000 };
	unsigned char *pieces[COUNT];
	size_t sizes[COUNT];

	for (size_t i = 0; i < COUNT; i++) {
		sizes[i] = 1 + i * 7919 % (i % 100 == 0 ? 3 * BLOCK : 300);
		pieces[i] = arena_alloc(*state, sizes[i]);
		memset(pieces[i], (int)(i % 251), sizes[i]);
	}
	for (size_t i = 0; i < COUNT; i++) {
		assert_int_equal(pieces[i][0], i % 251);
		assert_int_equal(pieces[i][sizes[i] - 1], i % 251);
	}
}

static void
many_arenas_live_side_by_side(void **state)
{
	enum { COUNT = 200 }; /* more than are kept for later */
	struct arena *arenas[COUNT];

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < COUNT; i++) {
			arenas[i] = arena_new();
			arena_printf(arenas[i], "%d", i);
		}
		for (int i = 0; i < COUNT; i++)
			arena_free(arenas[i]);
	}
}

static void
copies_end_with_nul(void **state)
{
	assert_string_equal(arena_copy(*state, "abcdef", 3), "abc");
	assert_string_equal(arena_copy(*state, NULL, 0), "");
	assert_memory_equal(arena_copy(*state, "a\0b", 3), "a\0b", 4);
	assert_string_equal(arena_strdup(*state, ""), "");
	assert_string_equal(arena_strdup(*state, "über"), "über");
}

static void
printed_text_has_the_length_it_needs(void **state)
{
	char long_text[3 * BLOCK];

	memset(long_text, 'x', sizeof(long_text));
	long_text[sizeof(long_text) - 1] = '\0';
	assert_string_equal(arena_printf(*state, "%s=%d", "a", -7), "a=-7");
	assert_string_equal(arena_printf(*state, "%s", ""), "");
	assert_string_equal(arena_printf(*state, "%s", long_text), long_text);
}

struct witness {
	char *seen;
	char name;
};

static void
note(void *object)
{
	const struct witness *witness = object;

	witness->seen[strlen(witness->seen)] = witness->name;
}

static void
what_was_deferred_last_is_done_first(void **state)
{
	char seen[4] = "";
	struct witness witnesses[] = { { seen, 'a' }, { seen, 'b' }, { seen, 'c' } };
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < 3; i++)
		arena_defer(arena, note, &witnesses[i]);
	assert_string_equal(seen, "");
	arena_free(arena);
	assert_string_equal(seen, "cba");
}

/* A destructor may still use what lies in the arena. */
static void
memory_outlives_the_destructors(void **state)
{
	char seen[2] = "";
	struct arena *arena = arena_new();
	struct witness *witness = arena_alloc(arena, sizeof(*witness));

	(void)state;
	*witness = (struct witness){ seen, 'x' };
	arena_defer(arena, note, witness);
	arena_alloc(arena, 10 * BLOCK);
	arena_free(arena);
	assert_string_equal(seen, "x");
}

static void
nothing_can_be_freed(void **state)
{
	(void)state;
	arena_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    memory_is_zero_and_aligned_whatever_its_size, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    blocks_are_filled_to_the_last_byte_and_no_further, setup, teardown),
		cmocka_unit_test(memory_that_was_used_before_is_zero_again),
		cmocka_unit_test_setup_teardown(
		    what_was_handed_out_stays_as_it_was, setup, teardown),
		cmocka_unit_test(many_arenas_live_side_by_side),
		cmocka_unit_test_setup_teardown(copies_end_with_nul, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    printed_text_has_the_length_it_needs, setup, teardown),
		cmocka_unit_test(what_was_deferred_last_is_done_first),
		cmocka_unit_test(memory_outlives_the_destructors),
		cmocka_unit_test(nothing_can_be_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
