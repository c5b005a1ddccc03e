/* sweeps.h: what is done again and again, whether there are jobs or not. */
#ifndef WORKERS_SWEEPS_H
#define WORKERS_SWEEPS_H

#include "core/db.h"

/* Does what is due. A sweep that fails is named once, and tried again when it is due again. */
void sweeps_run(struct db *db);

#endif
