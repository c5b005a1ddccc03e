/* jobs.h: what workers have to do, and what they gave up. */
#ifndef ADMIN_JOBS_H
#define ADMIN_JOBS_H

#include "admin/command.h"

/*
 * runde jobs list [--dead] [--kind K]: what waits and what was given up, without whom it is about.
 */
int jobs_list(struct context *context);

/* runde jobs revive ID...|--kind K|--all: what was given up is tried again from the beginning. */
int jobs_revive(struct context *context);

/* runde jobs drop ID...|--kind K --dead: forgets jobs; of a kind only those given up. */
int jobs_drop(struct context *context);

/* runde jobs probe: how long until a worker does a job. Status 1 if none does within 10 s. */
int jobs_probe(struct context *context);

#endif
