/* sweeps.h: what is due in time, made into jobs. */
#ifndef WORKERS_SWEEPS_H
#define WORKERS_SWEEPS_H

#include "core/db.h"

/*
 * Looks for what is due, as often as it may wait, and adds a job for each: cheap, harmless to
 * repeat, and by several at once. What was given up stays so. A sweep that fails is named once, and
 * tried again when it is due again.
 */
void sweeps_run(struct db *db);

#endif
