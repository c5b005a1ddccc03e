/* zone_data.h: whether the installed time zone data are the newest packaged ones. */
#ifndef WORKERS_ZONE_DATA_H
#define WORKERS_ZONE_DATA_H

#include "workers/job.h"

/*
 * Asks Debian's package index and notes the answer in the database, for /readyz to warn. Says on
 * standard error if they are old. Where there is no such index, nothing is noted. False if the
 * database fails.
 */
bool zone_data_check(struct job *job);

#endif
