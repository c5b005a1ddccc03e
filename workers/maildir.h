/* maildir.h: mails written and put into a Maildir. */
#ifndef WORKERS_MAILDIR_H
#define WORKERS_MAILDIR_H

#include <stdbool.h>

#include "core/arena.h"

struct mail {
	const char *id;      /* the same whenever the same mail is sent again */
	const char *from;    /* an address, or Name <address> */
	const char *to;      /* an address */
	const char *subject; /* one line, UTF-8 */
	const char *text;    /* plain, UTF-8 */
};

/*
 * Whether an address can be written to: a dot-atom on both sides of the @ (RFC 5322, section
 * 3.4.1), in ASCII. Whatever could end a line, a word or an address is none.
 */
bool mail_address_is_plain(const char *address);

/* The address of a sender, written "Name <address>" or "address"; NULL if it is not plain. */
const char *mail_sender_address(struct arena *arena, const char *from);

/*
 * Puts a mail into the folder, which is made if need be, so that it is there whole or not at all.
 * NULL on success, else why not; without the address.
 */
const char *maildir_deliver(struct arena *arena, const char *folder, const struct mail *mail);

#endif
