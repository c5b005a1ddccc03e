/* feeds.h: calendar feeds made again when something has changed. */
#ifndef WORKERS_FEEDS_H
#define WORKERS_FEEDS_H

#include "workers/job.h"

/*
 * Makes the feeds of a group, or one feed, that are out of date and that somebody reads. What is
 * not made here is made when it is read.
 */
job_function feeds_job;

#endif
