/* test_db_queue.c: who asks too much waits for themselves, and others get their turns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/db_pool.h"
#include "core/db_queue.h"

#define ROOM    100
#define SECONDS 1000
#define GREEDY  1
#define MODEST  2

static struct queue queue;
static struct arena *arena;

static int
setup(void **state)
{
	(void)state;
	queue = (struct queue){ 0 };
	arena = arena_new();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct db_question *
enter(uint64_t account)
{
	struct db_question *question = arena_alloc(arena, sizeof(*question));

	question->account = account;
	queue_enter(&queue, question);
	return question;
}

static void
enter_many(uint64_t account, int count)
{
	for (int i = 0; i < count; i++)
		enter(account);
}

static void
assert_order(const uint64_t *accounts)
{
	for (; *accounts != 0; accounts++)
		assert_int_equal(queue_take(&queue)->account, *accounts);
	assert_null(queue_take(&queue));
}

static void
one_alone_is_served_in_the_order_of_asking(void **state)
{
	struct db_question *first = enter(GREEDY), *second = enter(GREEDY);

	(void)state;
	assert_ptr_equal(queue_take(&queue), first);
	assert_ptr_equal(queue_take(&queue), second);
	assert_null(queue_take(&queue));
	assert_int_equal(queue.length, 0);
}

static void
everybody_has_a_turn(void **state)
{
	(void)state;
	enter_many(GREEDY, 4);
	enter_many(MODEST, 2);
	enter(3);
	assert_order((const uint64_t[]){ 1, 2, 3, 1, 2, 1, 1, 0 });
}

static void
who_comes_later_is_not_behind_all_who_came_before(void **state)
{
	(void)state;
	enter_many(GREEDY, ROOM);
	for (int i = 0; i < ROOM / 2; i++)
		queue_take(&queue);
	enter(MODEST);
	queue_take(&queue);
	assert_int_equal(queue_take(&queue)->account, MODEST);
}

static void
who_was_away_saves_up_no_turns(void **state)
{
	(void)state;
	enter_many(GREEDY, ROOM);
	while (queue_take(&queue) != NULL)
		;
	enter_many(GREEDY, 2);
	enter_many(MODEST, 2);
	assert_order((const uint64_t[]){ 1, 2, 1, 2, 0 });
}

static void
the_newest_of_whoever_has_most_goes_first(void **state)
{
	struct db_question *newest;

	(void)state;
	enter_many(GREEDY, 3);
	newest = enter(GREEDY);
	enter_many(MODEST, 2);
	assert_ptr_equal(queue_shed(&queue), newest);
	assert_order((const uint64_t[]){ 1, 2, 1, 2, 1, 0 });
}

static void
who_was_turned_away_lost_no_turn(void **state)
{
	(void)state;
	enter(GREEDY);
	for (int i = 0; i < ROOM; i++) {
		enter(GREEDY);
		queue_shed(&queue);
	}
	enter_many(MODEST, 2);
	enter(GREEDY);
	assert_order((const uint64_t[]){ 1, 2, 2, 1, 0 });
}

static void
any_can_be_taken_out(void **state)
{
	struct db_question *all[] = { enter(1), enter(2), enter(3) }, stranger = { 0 };

	(void)state;
	assert_false(queue_remove(&queue, &stranger));
	assert_true(queue_remove(&queue, all[2]));
	assert_false(queue_remove(&queue, all[2]));
	assert_true(queue_remove(&queue, all[0]));
	enter(4);
	assert_order((const uint64_t[]){ 2, 4, 0 });
	assert_int_equal(queue.length, 0);
	enter(5);
	assert_order((const uint64_t[]){ 5, 0 });
}

/*
 * Ten times as much as can be answered is asked by one account, a fifth by another; how much of
 * that fifth is answered, in percent.
 */
static int
answered_percent(uint64_t modest)
{
	int answered = 0;

	for (int second = 0; second < SECONDS; second++) {
		enter_many(GREEDY, 50);
		enter(modest)->asker = &queue;
		while (queue.length > ROOM)
			queue_shed(&queue);
		for (int i = 0; i < 5; i++)
			answered += queue_take(&queue)->asker != NULL;
	}
	return answered * 100 / SECONDS;
}

static void
overload_by_one_takes_nothing_from_another(void **state)
{
	(void)state;
	assert_int_equal(answered_percent(MODEST), 100);
}

/* In one and the same account, as if there were no turns: the newcomer finds no room. */
static void
without_turns_it_would(void **state)
{
	(void)state;
	assert_true(answered_percent(GREEDY) < 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    one_alone_is_served_in_the_order_of_asking, setup, teardown),
		cmocka_unit_test_setup_teardown(everybody_has_a_turn, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    who_comes_later_is_not_behind_all_who_came_before, setup, teardown),
		cmocka_unit_test_setup_teardown(who_was_away_saves_up_no_turns, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    the_newest_of_whoever_has_most_goes_first, setup, teardown),
		cmocka_unit_test_setup_teardown(who_was_turned_away_lost_no_turn, setup, teardown),
		cmocka_unit_test_setup_teardown(any_can_be_taken_out, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    overload_by_one_takes_nothing_from_another, setup, teardown),
		cmocka_unit_test_setup_teardown(without_turns_it_would, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
