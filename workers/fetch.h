/* fetch.h: a document on somebody else's server. */
#ifndef WORKERS_FETCH_H
#define WORKERS_FETCH_H

#include <stddef.h>

#include "core/arena.h"

/*
 * What is at a URL, read by GET within five seconds; NULL if there is no answer, one that is not
 * 200, or one of more than most bytes, with the reason in *ret_error. Connects as outside.h says,
 * and waits.
 */
const char *fetch(struct arena *arena, const char *url, size_t most, const char **ret_error);

#endif
