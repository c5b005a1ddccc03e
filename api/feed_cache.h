/* feed_cache.h: bodies of feeds that were just sent, for the next who reads them. */
#ifndef API_FEED_CACHE_H
#define API_FEED_CACHE_H

#include <stdbool.h>

#include "core/buffer.h"

/*
 * Only the database knows which tag a feed has now; what bytes a tag stands for never changes. So
 * nothing in here is ever out of date. It holds up to 64 MiB for each process, of what anybody may
 * read.
 */

/*
 * Fills the buffer with the body of a tag, which stays as long as its arena. False if it is not
 * here.
 */
bool feed_cache_get(const char *etag, struct buffer *ret_body);

/* Keeps a copy. */
void feed_cache_put(const char *etag, const struct buffer *body);

#endif
