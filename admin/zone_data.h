/* zone_data.h: whether the installed time zone data are the newest packaged ones. */
#ifndef ADMIN_ZONE_DATA_H
#define ADMIN_ZONE_DATA_H

#include "admin/command.h"

/*
 * Asks Debian's package index and notes the answer in the database, for /readyz to warn. Says on
 * standard error if they are old. Where there is no such index, nothing is noted.
 */
void zone_data_check(struct context *context);

#endif
