/* mails.h: mails one after another, from wherever mail servers put them. */
#ifndef ADMIN_MAILS_H
#define ADMIN_MAILS_H

#include <stddef.h>

#include "admin/command.h"

/* Gets one mail in an arena that is freed after it; of a long one the beginning. */
typedef void mail_handler(struct context *context, const char *bytes, size_t length);

/*
 * Reads the mail on standard input ("-"), the mail or the mbox in a file, or all that is new in a
 * Maildir, where it counts as seen once it was handled. Ends the process if it cannot be read.
 */
void mails_read(struct context *context, const char *place, mail_handler *handle);

#endif
