/* clocks.h: the kind `clocks`: meetings kept at the times that clocks show. */
#ifndef WORKERS_CLOCKS_H
#define WORKERS_CLOCKS_H

#include "workers/job.h"

/*
 * Moves the instants of meetings to come where the law of their time zone has changed, and notes
 * whether newer zone data are packaged than are installed.
 */
job_function clocks_job;

#endif
