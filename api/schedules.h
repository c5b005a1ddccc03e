/* schedules.h: series of meetings that somebody else has written. */
#ifndef API_SCHEDULES_H
#define API_SCHEDULES_H

#include "api/request.h"

/* Plans all series up to the horizon that are not yet, within the request's transaction. */
void schedules_plan(struct request *request);

#endif
