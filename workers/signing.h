/* signing.h: the header lines by which a receiver knows that a message is ours. */
#ifndef WORKERS_SIGNING_H
#define WORKERS_SIGNING_H

#include "core/db.h"
#include "workers/endpoints.h"
#include "workers/post.h"

/*
 * Looks, every few seconds, which keys sign; makes the first one if there is none. False if the
 * database did not answer, or if none opens.
 */
bool signing_refresh(struct db *db);

/* Puts the lines into a request: id, time of this attempt, signatures with all that sign now. */
void signing_sign(struct post *post, const struct endpoint *endpoint, const char *id);

#endif
