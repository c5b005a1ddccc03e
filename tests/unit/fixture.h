/* fixture.h: what unit tests begin with: cmocka, what it needs, and an arena for each test. */
#ifndef TESTS_UNIT_FIXTURE_H
#define TESTS_UNIT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/secrets.h"

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

/* For a group of tests that need secrets: a master key of this run. */
static inline int
setup_secrets(void **state)
{
	char folder[] = "/tmp/runde-test-XXXXXX";
	struct arena *arena = arena_new();
	const char *path, *error = "no folder";

	(void)state;
	if (mkdtemp(folder) != NULL) {
		path = arena_printf(arena, "%s/secret.key", folder);
		if ((error = secrets_create(arena, path)) == NULL)
			error = secrets_open(arena, path);
		unlink(path);
		rmdir(folder);
	}
	arena_free(arena);
	return error == NULL ? 0 : 1;
}

#endif
