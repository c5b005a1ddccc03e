/* maildir.h: letters put into a folder, one file each, for a mail program or a test to read. */
#ifndef WORKERS_MAILDIR_H
#define WORKERS_MAILDIR_H

#include "workers/outlet.h"

/* Takes the folder from RUNDE_MAILDIR. */
outlet_open_function maildir_open;

/*
 * Puts a letter into the folder, which is made if need be, so that it is there whole or not at all.
 */
outlet_send_function maildir_send;

#endif
