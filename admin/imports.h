/* imports.h: meeting directories of others: read, compared, applied and undone. */
#ifndef ADMIN_IMPORTS_H
#define ADMIN_IMPORTS_H

#include "admin/command.h"

/*
 * Reads a feed ("-": standard input), prints what it would change, and with --apply yes does it.
 * The exit status is 1 if no row of it can be imported.
 */
command imports_meeting_guide;
command imports_bmlt;

/* Does what an import found, by its id, and plans its meetings. */
command imports_apply;

/* Brings back what was there before, except what somebody changed since. */
command imports_undo;

#endif
