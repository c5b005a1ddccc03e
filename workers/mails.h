/* mails.h: the kind `mail`: the mails of a batch, read, written and sent together. */
#ifndef WORKERS_MAILS_H
#define WORKERS_MAILS_H

#include "workers/kinds.h"

/*
 * What they tell is read in one statement, whether they may go is asked in another. Then they are
 * sent, several at once, and those that a server has taken are forgotten together a moment later.
 * Those taken and not yet forgotten when a worker dies are sent again, with the same Message-ID.
 * While a server is slow the leases are renewed, so that nobody else sends them. Told to end, it
 * finishes those under way and leaves the others as they are.
 */
jobs_function mails_run;

#endif
