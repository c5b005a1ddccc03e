/* fixture.h: what unit tests begin with: cmocka, what it needs, and an arena for each test. */
#ifndef TESTS_UNIT_FIXTURE_H
#define TESTS_UNIT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/arena.h"

/* *state is the arena of the test. */
static inline int
setup(void **state)
{
	*state = arena_new();
	return 0;
}

static inline int
teardown(void **state)
{
	arena_free(*state);
	return 0;
}

#endif
