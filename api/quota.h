/* quota.h: how many requests a caller may make, counted over all workers. */
#ifndef API_QUOTA_H
#define API_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is left to a caller after a request. */
struct quota {
	uint64_t limit;         /* requests in a window */
	uint64_t remaining;     /* at once */
	uint64_t reset_seconds; /* until all of it is there again; if none is left, until one is */
	uint64_t retry_seconds; /* until one request is possible again; 0 if it is now */
};

#define QUOTA_WINDOW_SECONDS 60

/*
 * Memory for all workers; call before they are forked. limit: requests per window, 0 for no limit
 * at all.
 */
void quota_open(size_t limit);

/*
 * Takes one request from a caller's account. False when there is none left; then nothing is taken.
 */
bool quota_take(uint64_t account, struct quota *ret_quota);

/* Gives it back: what cost us nothing costs the caller nothing. */
void quota_refund(uint64_t account, struct quota *quota);

/* False when there is no limit. */
bool quota_is_limited(void);

#endif
