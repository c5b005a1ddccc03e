/* jobs.h: jobs claimed, done, and put off. */
#ifndef WORKERS_JOBS_H
#define WORKERS_JOBS_H

#include <stddef.h>

#include "core/config.h"
#include "core/db.h"

/*
 * Claims what is due, a batch of each kind, and does it one after the other. Returns how many it
 * claimed. Told to end, it finishes the job at hand and gives the rest back; when the connection is
 * lost, it stops short, and what is left is taken up when its lease has run out.
 */
size_t jobs_run(struct db *db, const struct config *config);

#endif
