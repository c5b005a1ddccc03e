/* post.h: HTTP requests to webhooks, many at once, over connections that stay, by libcurl. */
#ifndef WORKERS_POST_H
#define WORKERS_POST_H

#include <stdbool.h>

#include "core/arena.h"
#include "workers/outside.h"

#define POST_FIELDS 4

/*
 * One request, and what came of it. The first four are the caller's, and stay where they are until
 * it is over.
 */
struct post {
	const char *url;
	const char *fields[POST_FIELDS]; /* header lines; NULL: none */
	const char *body;
	struct arena *arena;
	long code; /* of the answer; 0: there was none */
	long wait; /* for how many seconds it asks us to wait (Retry-After); 0: it does not */
	const char *error; /* why there was none; never with anything that the receiver said */

	/* post.c's own. */
	struct outside outside;
	CURL *curl;
	struct curl_slist *list;
	size_t received;
};

/* Call once, after outside_open. All here is for one thread. */
void post_open(struct arena *arena);

/* Begins a request. It ends after 15 seconds at most. Connects as outside.h says. */
void post_begin(struct post *post);

/*
 * Goes on with all that are under way, until something happens to them or to what else is watched,
 * or for so long.
 */
void post_wait(struct curl_waitfd *watched, unsigned count, unsigned milliseconds);

/* One that is over, each once; NULL: there is no more. */
struct post *post_take_over(void);

/* Ends a request that is under way, if it is. What came of it is not known. */
void post_drop(struct post *post);

#endif
