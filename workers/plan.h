/* plan.h: the kind `plan`: meetings of one series planned up to the horizon. */
#ifndef WORKERS_PLAN_H
#define WORKERS_PLAN_H

#include "workers/job.h"

/* key: the id of the schedule. */
job_function plan_job;

#endif
