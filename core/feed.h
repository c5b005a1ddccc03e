/* feed.h: a calendar feed made of what the database says, and in the form in which it is kept. */
#ifndef CORE_FEED_H
#define CORE_FEED_H

#include "core/content.h"
#include "core/db.h"

/* What subscribers get, and what the database keeps of it. */
struct feed {
	struct buffer body;
	const char *etag;     /* with its quotes: the same for the same bytes */
	const char *sealed;   /* a person's body, as it is kept; NULL: it is anybody's */
	struct buffer packed; /* the body in gzip; empty: it is not wanted */
};

enum feed_outcome {
	FEED_MADE,
	FEED_TOO_LARGE,
	FEED_SEALED, /* what is personal in it does not open */
};

/* The names of formats in the database. */
extern const char *const feed_formats[];

/*
 * Makes a feed of the rows of feed_head() and feed_events(). With packs it is packed too, unless it
 * is a person's: those are small. Everything is the arena's.
 */
enum feed_outcome feed_make(struct arena *arena, const char *base_url, const struct rows *head,
    const struct rows *events, enum content_format format, bool packs, struct feed *ret);

/* The packed body as a bytea, or NULL. */
const char *feed_packed(struct arena *arena, const struct feed *feed);

/*
 * Opens what is kept of a person's feed; the row has it as body, and what opens it. NULL on
 * failure.
 */
const char *feed_open(struct arena *arena, const struct rows *kept, const char *feed,
    enum content_format format, size_t *ret_length);

#endif
