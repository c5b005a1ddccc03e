/* notice.h: the kind `notice`: a mail to an organisation about its webhook. */
#ifndef WORKERS_NOTICE_H
#define WORKERS_NOTICE_H

#include "workers/job.h"

/* Tells the organisation of a webhook that it is paused, if it has an address and it still is. */
job_function notice_job;

#endif
