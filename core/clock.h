/* clock.h: the one place that knows what time it is. */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdint.h>

#include "core/arena.h"

/*
 * Lets tests move time: the file holds eight bytes, a signed number of microseconds in the order of
 * the machine, which is added to every reading from then on. False if it cannot be mapped. Call
 * once, at start.
 */
_Bool clock_follow(const char *path);

/* Microseconds since 1970-01-01T00:00:00Z, as far as we know. */
int64_t clock_now(void);

/* Milliseconds of a clock that never goes back and that no test moves: for deadlines. */
uint64_t clock_monotonic(void);

/* An instant as RFC 3339 in UTC with microseconds, for PostgreSQL. */
const char *clock_text(struct arena *arena, int64_t instant);

/* Now as HTTP writes it (RFC 9110, section 5.6.7); good until the next call. */
const char *clock_http(void);

/* The same of an instant, in seconds since 1970. */
const char *clock_http_of(int64_t seconds);

/* Reads what HTTP writes, in any of its three forms. False if it is none of them. */
_Bool clock_read_http(const char *text, int64_t *ret_seconds);

#endif
