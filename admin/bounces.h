/* bounces.h: mails that come back. */
#ifndef ADMIN_BOUNCES_H
#define ADMIN_BOUNCES_H

#include "admin/command.h"

/* What a mail server does with a mail when we end so (sysexits.h): it keeps it and asks again. */
#define BOUNCES_LATER 75

/*
 * runde bounces -|FILE|MAILDIR [--to ADDRESS]: from now on nothing is written to an address of
 * which a report says that nobody is there. --to: to whom the mail came; without it its header says
 * so. Prints for each mail what became of it, and the status in it, but nothing that names anybody.
 * Status 0 whatever the mails are: nobody is to send a bounce of a bounce.
 */
int bounces_read(struct context *context);

#endif
