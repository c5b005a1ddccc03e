/* test_coroutine.c: functions that wait in the middle, end, are dropped, and leave their stacks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/coroutine.h"
#include "core/arena.h"

#define MANY 600 /* more than the pool keeps */

struct walk {
	int steps; /* to take, with a pause before each */
	int taken;
	struct coroutine *self;
	const void *stack;
};

static void
walk(void *argument)
{
	struct walk *this = argument;

	this->stack = __builtin_frame_address(0);
	this->self = coroutine_current();
	for (int i = 0; i < this->steps; i++) {
		coroutine_yield();
		this->taken++;
	}
}

static void
one_that_never_waits_ends_at_once(void **state)
{
	struct walk quick = { .steps = 0 };

	(void)state;
	assert_null(coroutine_start(walk, &quick));
	assert_non_null(quick.self);
	assert_null(coroutine_current());
}

static void
goes_on_where_it_waited(void **state)
{
	struct walk slow = { .steps = 3 };
	struct coroutine *coroutine = coroutine_start(walk, &slow);

	(void)state;
	assert_ptr_equal(coroutine, slow.self);
	for (int taken = 0; taken < 3; taken++) {
		assert_int_equal(slow.taken, taken);
		assert_null(coroutine_current());
		assert_int_equal(coroutine_resume(coroutine), taken < 2);
	}
	assert_int_equal(slow.taken, 3);
}

static void
run_in_any_order(void **state)
{
	struct walk walks[MANY];
	struct coroutine *coroutines[MANY];

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < MANY; i++) {
			walks[i] = (struct walk){ .steps = 1 + i % 3 };
			coroutines[i] = coroutine_start(walk, &walks[i]);
		}
		for (int left = MANY; left > 0;) {
			for (int i = MANY; i-- > 0;) {
				if (coroutines[i] == NULL || coroutine_resume(coroutines[i]))
					continue;
				coroutines[i] = NULL;
				left--;
			}
		}
		for (int i = 0; i < MANY; i++)
			assert_int_equal(walks[i].taken, 1 + i % 3);
	}
}

static void
a_stack_is_used_again_once_its_owner_has_ended(void **state)
{
	struct walk first = { .steps = 1 }, second = { .steps = 1 }, third = { .steps = 0 };
	struct coroutine *one = coroutine_start(walk, &first), *other;

	(void)state;
	other = coroutine_start(walk, &second);
	assert_ptr_not_equal(first.stack, second.stack);
	assert_false(coroutine_resume(one));
	assert_null(coroutine_start(walk, &third));
	assert_ptr_equal(third.stack, first.stack);
	assert_false(coroutine_resume(other));
}

static void
one_that_is_dropped_leaves_its_stack(void **state)
{
	struct walk dropped = { .steps = 5 }, next = { .steps = 1 };
	struct coroutine *coroutine = coroutine_start(walk, &dropped);

	(void)state;
	assert_true(coroutine_resume(coroutine));
	coroutine_abandon(coroutine);
	assert_int_equal(dropped.taken, 1);

	coroutine = coroutine_start(walk, &next);
	assert_ptr_equal(next.stack, dropped.stack);
	assert_false(coroutine_resume(coroutine));
	assert_int_equal(next.taken, 1);
	assert_int_equal(dropped.taken, 1);
}

static void
many_can_be_dropped(void **state)
{
	struct walk walks[MANY];
	struct coroutine *coroutines[MANY];

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < MANY; i++) {
			walks[i] = (struct walk){ .steps = 1 };
			coroutines[i] = coroutine_start(walk, &walks[i]);
		}
		for (int i = 0; i < MANY; i++)
			coroutine_abandon(coroutines[i]);
	}
}

static void
leave_from_the_depth(int depth, bool *left)
{
	volatile char frame[256] = { 0 };

	if (depth > 0)
		leave_from_the_depth(depth - 1, left);
	*left = frame[0] == 0;
	if (*left)
		coroutine_exit();
}

static void
descend(void *argument)
{
	coroutine_yield();
	leave_from_the_depth(20, argument);
}

/* Half of what a handler may need at most, and all of it written. */
static void
use_32_kilobytes(void *argument)
{
	volatile char bytes[32 * 1024];
	long *sum = argument;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = 1;
	coroutine_yield();
	for (size_t i = 0; i < sizeof(bytes); i++)
		*sum += bytes[i];
}

static void
wait_in_the_depth(void *argument)
{
	volatile char first[100] = { 0 }, second[1000] = { 0 }, third[10] = { 0 };

	coroutine_yield();
	*(int *)argument += first[0] + second[0] + third[0];
}

/*
 * What the sanitizer has poisoned between a dropped one's variables must be clean for the next one.
 */
static void
a_dropped_stack_is_clean(void **state)
{
	int sum = 0;
	long bytes = 0;
	struct coroutine *coroutine;

	(void)state;
	for (int i = 0; i < 10; i++) {
		coroutine_abandon(coroutine_start(wait_in_the_depth, &sum));
		coroutine = coroutine_start(use_32_kilobytes, &bytes);
		assert_false(coroutine_resume(coroutine));
	}
}

static void
one_that_leaves_from_the_depth_never_comes_back(void **state)
{
	struct walk next = { .steps = 1 };
	struct coroutine *coroutine;
	bool left;

	(void)state;
	for (int i = 0; i < 10; i++) {
		left = false;
		coroutine = coroutine_start(descend, &left);
		assert_non_null(coroutine);
		assert_false(coroutine_resume(coroutine));
		assert_true(left);
		coroutine = coroutine_start(walk, &next);
		assert_false(coroutine_resume(coroutine));
	}
	assert_int_equal(next.taken, 10);
}

static void
a_stack_has_room_and_keeps_what_lies_on_it(void **state)
{
	long sums[8] = { 0 };
	struct coroutine *coroutines[8];

	(void)state;
	for (size_t i = 0; i < 8; i++)
		coroutines[i] = coroutine_start(use_32_kilobytes, &sums[i]);
	for (size_t i = 0; i < 8; i++) {
		assert_false(coroutine_resume(coroutines[i]));
		assert_int_equal(sums[i], 32 * 1024);
	}
}

/*
 * As a handler does: memory from an arena, text formatted, floating point, before and after a
 * pause.
 */
static void
work(void *argument)
{
	struct arena *arena = argument;
	double third = 1.0 / 3;
	char *before = arena_printf(arena, "%.3f", third);

	coroutine_yield();
	assert_string_equal(before, arena_printf(arena, "%.3f", third));
}

static void
library_functions_work_on_it(void **state)
{
	struct arena *arena = arena_new();
	struct coroutine *coroutine = coroutine_start(work, arena);

	(void)state;
	assert_false(coroutine_resume(coroutine));
	arena_free(arena);
}

#ifdef __x86_64__
/* The registers that a function must keep for its caller, but for the two that hold the frame. */
static void
hold_in_registers(void *argument)
{
	unsigned long *value = argument, held = *value;
	register unsigned long b __asm__("rbx") = held;
	register unsigned long c __asm__("r12") = held;
	register unsigned long d __asm__("r13") = held;
	register unsigned long e __asm__("r14") = held;
	register unsigned long f __asm__("r15") = held;

	__asm__ volatile("" : "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f));
	coroutine_yield();
	__asm__ volatile("" : "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f));
	*value = b + c + d + e + f;
}

static void
registers_keep_their_values(void **state)
{
	unsigned long small = 1, large = 1000;
	struct coroutine *one = coroutine_start(hold_in_registers, &small);
	struct coroutine *other = coroutine_start(hold_in_registers, &large);

	(void)state;
	assert_false(coroutine_resume(one));
	assert_false(coroutine_resume(other));
	assert_int_equal(small, 5);
	assert_int_equal(large, 5000);
}
#endif

static void
start_another(void *argument)
{
	struct coroutine *self = coroutine_current(), *inner = coroutine_start(walk, argument);

	assert_ptr_equal(coroutine_current(), self);
	coroutine_yield();
	assert_false(coroutine_resume(inner));
	assert_ptr_equal(coroutine_current(), self);
}

static void
one_can_run_another(void **state)
{
	struct walk inner = { .steps = 1 };
	struct coroutine *outer = coroutine_start(start_another, &inner);

	(void)state;
	assert_ptr_not_equal(inner.self, outer);
	assert_false(coroutine_resume(outer));
	assert_int_equal(inner.taken, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_never_waits_ends_at_once),
		cmocka_unit_test(goes_on_where_it_waited),
		cmocka_unit_test(run_in_any_order),
		cmocka_unit_test(a_stack_is_used_again_once_its_owner_has_ended),
		cmocka_unit_test(one_that_is_dropped_leaves_its_stack),
		cmocka_unit_test(many_can_be_dropped),
		cmocka_unit_test(one_that_leaves_from_the_depth_never_comes_back),
		cmocka_unit_test(a_dropped_stack_is_clean),
		cmocka_unit_test(a_stack_has_room_and_keeps_what_lies_on_it),
		cmocka_unit_test(library_functions_work_on_it),
#ifdef __x86_64__
		cmocka_unit_test(registers_keep_their_values),
#endif
		cmocka_unit_test(one_can_run_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
