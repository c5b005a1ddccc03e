/* maildir.h: letters put into a folder, one file each, for a mail program or a test to read. */
#ifndef WORKERS_MAILDIR_H
#define WORKERS_MAILDIR_H

#include "workers/outlet.h"

/*
 * Opened, it takes the folder from RUNDE_MAILDIR. Puts a letter into it, which is made if need be,
 * so that it is there whole or not at all.
 */
extern const struct outlet maildir_outlet;

#endif
