/* test_quota.c: how many requests a caller has, and when, and that nobody pays for others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/quota.h"
#include "core/clock.h"

#define LIMIT   60 /* one in a second */
#define ACCOUNT 7
#define APART   65536 /* accounts so far apart share a set of four, and the place behind it */

static uint64_t milliseconds = 1000;

/* Stands for the one of clock.c, so that tests need not wait. */
uint64_t
clock_monotonic(void)
{
	return milliseconds;
}

static int
setup(void **state)
{
	(void)state;
	milliseconds += (uint64_t)10 * QUOTA_WINDOW_SECONDS * 1000;
	quota_open();
	return 0;
}

static void
take(uint64_t account, int count)
{
	struct quota quota;

	for (int i = 0; i < count; i++)
		assert_true(quota_take(account, LIMIT, &quota));
}

static void
without_a_limit_everything_is_allowed(void **state)
{
	struct quota quota;

	(void)state;
	for (int i = 0; i < 10000; i++)
		assert_true(quota_take(ACCOUNT, 0, &quota));
	assert_int_equal(quota.limit, 0);
}

static void
the_limit_can_be_used_up_at_once(void **state)
{
	struct quota quota;

	(void)state;
	for (uint64_t left = LIMIT; left-- > 0;) {
		assert_true(quota_take(ACCOUNT, LIMIT, &quota));
		assert_int_equal(quota.limit, LIMIT);
		assert_int_equal(quota.remaining, left);
		assert_int_equal(quota.reset_seconds, left == 0 ? 1 : LIMIT - left);
	}
	assert_int_equal(quota.retry_seconds, 1);
	assert_false(quota_take(ACCOUNT, LIMIT, &quota));
	assert_int_equal(quota.remaining, 0);
	assert_int_equal(quota.retry_seconds, 1);
	assert_int_equal(quota.reset_seconds, 1);
}

static void
it_grows_again_with_time(void **state)
{
	struct quota quota;

	(void)state;
	take(ACCOUNT, LIMIT);
	milliseconds += 999;
	assert_false(quota_take(ACCOUNT, LIMIT, &quota));
	milliseconds += 1;
	assert_true(quota_take(ACCOUNT, LIMIT, &quota));
	assert_false(quota_take(ACCOUNT, LIMIT, &quota));
	milliseconds += 10000;
	take(ACCOUNT, 10);
	assert_false(quota_take(ACCOUNT, LIMIT, &quota));
}

static void
it_never_grows_beyond_the_limit(void **state)
{
	struct quota quota;

	(void)state;
	take(ACCOUNT, 1);
	milliseconds += (uint64_t)100 * QUOTA_WINDOW_SECONDS * 1000;
	take(ACCOUNT, LIMIT);
	assert_false(quota_take(ACCOUNT, LIMIT, &quota));
}

static void
a_refusal_costs_nothing(void **state)
{
	struct quota quota;

	(void)state;
	take(ACCOUNT, LIMIT);
	for (int i = 0; i < 1000; i++)
		assert_false(quota_take(ACCOUNT, LIMIT, &quota));
	milliseconds += 1000;
	take(ACCOUNT, 1);
}

static void
a_refund_is_one_request_more(void **state)
{
	struct quota quota = { .limit = LIMIT };

	(void)state;
	take(ACCOUNT, LIMIT);
	quota_refund(ACCOUNT, &quota);
	assert_int_equal(quota.remaining, 1);
	assert_int_equal(quota.retry_seconds, 0);
	take(ACCOUNT, 1);
	assert_false(quota_take(ACCOUNT, LIMIT, &quota));
}

static void
refunds_never_make_more_than_the_limit(void **state)
{
	struct quota quota = { .limit = LIMIT };

	(void)state;
	take(ACCOUNT, 1);
	for (int i = 0; i < 10; i++)
		quota_refund(ACCOUNT, &quota);
	assert_int_equal(quota.remaining, LIMIT);
	take(ACCOUNT, LIMIT);
	assert_false(quota_take(ACCOUNT, LIMIT, &quota));
}

/* A slow request may be given back when its account has long been full and belongs to another. */
static void
a_late_refund_locks_nobody_out(void **state)
{
	struct quota quota = { .limit = LIMIT };

	(void)state;
	take(ACCOUNT, 1);
	milliseconds += 2000;
	take(ACCOUNT + APART, 1);
	quota_refund(ACCOUNT, &quota);
	assert_int_equal(quota.remaining, LIMIT);
	take(ACCOUNT, LIMIT);
}

static void
callers_do_not_pay_for_each_other(void **state)
{
	struct quota quota;

	(void)state;
	take(ACCOUNT, LIMIT);
	take(ACCOUNT + 1, LIMIT);
	take(ACCOUNT + APART, LIMIT);
	take(ACCOUNT + (uint64_t)2 * APART, LIMIT);
	take(ACCOUNT + (uint64_t)3 * APART, LIMIT);
	assert_false(quota_take(ACCOUNT, LIMIT, &quota));
	assert_false(quota_take(ACCOUNT + (uint64_t)3 * APART, LIMIT, &quota));
}

static void
more_callers_than_a_set_has_room_for_share(void **state)
{
	struct quota quota;

	(void)state;
	for (uint64_t i = 0; i < 4; i++)
		take(ACCOUNT + i * APART, LIMIT);
	assert_false(quota_take(ACCOUNT + (uint64_t)4 * APART, LIMIT, &quota));
	milliseconds += (uint64_t)QUOTA_WINDOW_SECONDS * 1000;
	take(ACCOUNT + (uint64_t)4 * APART, LIMIT);
}

static void
limits_beyond_a_million_a_second_are_one(void **state)
{
	struct quota quota;

	(void)state;
	for (int i = 0; i < 10000; i++)
		assert_true(quota_take(ACCOUNT, (size_t)1 << 40, &quota));
}

static void
each_account_may_have_a_limit_of_its_own(void **state)
{
	struct quota quota;

	(void)state;
	take(ACCOUNT, LIMIT);
	assert_false(quota_take(ACCOUNT, LIMIT, &quota));
	for (uint64_t left = (uint64_t)10 * LIMIT; left-- > 0;) {
		assert_true(quota_take(ACCOUNT + 1, (size_t)10 * LIMIT, &quota));
		assert_int_equal(quota.limit, 10 * LIMIT);
		assert_int_equal(quota.remaining, left);
	}
	assert_false(quota_take(ACCOUNT + 1, (size_t)10 * LIMIT, &quota));
}

static void
a_limit_that_is_changed_counts_from_then_on(void **state)
{
	struct quota quota;

	(void)state;
	take(ACCOUNT, LIMIT / 2);
	assert_true(quota_take(ACCOUNT, (size_t)2 * LIMIT, &quota));
	assert_int_equal(quota.limit, 2 * LIMIT);
	assert_int_equal(quota.remaining, LIMIT - 1);
	for (int i = 0; i < LIMIT - 1; i++)
		assert_true(quota_take(ACCOUNT, (size_t)2 * LIMIT, &quota));
	assert_false(quota_take(ACCOUNT, (size_t)2 * LIMIT, &quota));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(without_a_limit_everything_is_allowed, setup),
		cmocka_unit_test_setup(the_limit_can_be_used_up_at_once, setup),
		cmocka_unit_test_setup(it_grows_again_with_time, setup),
		cmocka_unit_test_setup(it_never_grows_beyond_the_limit, setup),
		cmocka_unit_test_setup(a_refusal_costs_nothing, setup),
		cmocka_unit_test_setup(a_refund_is_one_request_more, setup),
		cmocka_unit_test_setup(refunds_never_make_more_than_the_limit, setup),
		cmocka_unit_test_setup(a_late_refund_locks_nobody_out, setup),
		cmocka_unit_test_setup(callers_do_not_pay_for_each_other, setup),
		cmocka_unit_test_setup(more_callers_than_a_set_has_room_for_share, setup),
		cmocka_unit_test_setup(limits_beyond_a_million_a_second_are_one, setup),
		cmocka_unit_test_setup(each_account_may_have_a_limit_of_its_own, setup),
		cmocka_unit_test_setup(a_limit_that_is_changed_counts_from_then_on, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
