/* quota.h: how many requests a caller may make, counted over all workers. */
#ifndef API_QUOTA_H
#define API_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is left to a caller after a request. */
struct quota {
	uint64_t limit;         /* requests in a window; 0: none, and the rest says nothing */
	uint64_t remaining;     /* at once */
	uint64_t reset_seconds; /* until all of it is there again; if none is left, until one is */
	uint64_t retry_seconds; /* until one request is possible again; 0 if it is now */
};

#define QUOTA_WINDOW_SECONDS 60

/* Memory for all workers; call before they are forked. */
void quota_open(void);

/*
 * Takes one request from a caller's account. False when there is none left; then nothing is taken.
 * limit: requests per window, which may change from one request to the next; 0: as many as they
 * like.
 */
bool quota_take(uint64_t account, size_t limit, struct quota *ret_quota);

/* Gives it back: what cost us nothing costs the caller nothing. */
void quota_refund(uint64_t account, struct quota *quota);

#endif
