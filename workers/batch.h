/* batch.h: jobs claimed together, and what becomes of each of them. */
#ifndef WORKERS_BATCH_H
#define WORKERS_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/db.h"

enum fate {
	WAITING, /* for its turn */
	DONE,    /* and to be forgotten */
	LEFT,    /* nothing is to be written of it any more: settled, put off, or somebody else's */
};

struct batch {
	struct arena *arena;
	struct db *db;
	struct rows *claimed;
	size_t count;
	enum fate *fates; /* of each */
	int64_t leased_at;
};

/* Claims what is due; the claim is committed. An empty batch if nothing is, or if that fails. */
void batch_claim(struct batch *batch, struct arena *arena, struct db *db);

/* Forgets in one statement all that was done. */
void batch_settle(struct batch *batch);

/*
 * Once half of a lease is over: begins those of all that wait anew, and finds out which are still
 * ours. A slow batch loses nothing to others.
 */
void batch_renew(struct batch *batch);

/* Gives back all that wait, for others to do at once; the attempt does not count. */
void batch_return(struct batch *batch);

#endif
