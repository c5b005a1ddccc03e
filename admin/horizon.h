/* horizon.h: meetings planned ahead, and kept at the times that clocks show. */
#ifndef ADMIN_HORIZON_H
#define ADMIN_HORIZON_H

#include "admin/command.h"

/* runde horizon [--every HOURS]: plans ahead and follows the clocks, once or for ever. */
int horizon_run(struct context *context);

/* Plans all series up to the horizon that are not yet. Returns how many there were. */
unsigned long horizon_extend(const struct context *context);

#endif
