/* gather.h: what many ask of the same thing at the same time, asked in one statement. */
#ifndef API_GATHER_H
#define API_GATHER_H

#include "api/request.h"

#define GATHER_MAX 64 /* requests in one statement */

/*
 * Asks a statement together with all requests that come with the same key while another one for it
 * is under way: nobody waits for company, but whoever has to wait has company. The statement takes
 * a JSON array of their elements as :'requests' and answers one row for each, in their order; all
 * else is bound by the first of them, so whatever may differ belongs into the key. Returns the
 * rows, good until this request waits again or ends, and which row is the request's own. If they
 * fail together, each asks again alone; within a transaction of its own it asks alone anyway.
 */
struct rows *gather_query(struct request *request, const struct statement *statement,
    const char *key, const char *element, size_t *ret_row);

#endif
