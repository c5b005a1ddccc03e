/* endpoints.h: whom a sender sends to just now: where, signed with what, how much at once. */
#ifndef WORKERS_ENDPOINTS_H
#define WORKERS_ENDPOINTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/db.h"

#define ENDPOINTS_MAX  2048 /* as many as there can be deliveries at hand */
#define ENDPOINT_LANES 16   /* requests under way to one at once */

struct slot;

struct queue {
	struct slot *first, *last;
};

struct endpoint {
	char id[37];
	struct arena *arena; /* of what is known of it: that changes with each claim */
	const char *revision;
	const char *url;
	const char *secret;
	const char *former_secret; /* or NULL */
	size_t at_hand;            /* deliveries, under way or to be begun */
	size_t under_way;
	struct queue waiting; /* what is to be begun */
	bool is_fast;         /* its last answer came soon */
	bool wants_rest;      /* and PostgreSQL has not heard of that yet */
	uint64_t used_at;     /* when something was at hand last */
};

/*
 * The webhook of a row of webhooks_exchange, as it is now; NULL if its secret does not open.
 */
struct endpoint *endpoint_of_row(const struct rows *rows, size_t row);

/* For how many more deliveries of it there is room. */
size_t endpoint_room(const struct endpoint *endpoint);

/* Forgets those that have had nothing to do for so long. */
void endpoints_tidy(unsigned milliseconds);

size_t endpoints_count(void);
struct endpoint *endpoint_at(size_t index);

#endif
