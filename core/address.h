/* address.h: addresses of mails, read strictly, and written as SMTP wants them. */
#ifndef CORE_ADDRESS_H
#define CORE_ADDRESS_H

#include <stdbool.h>

#include "core/arena.h"

struct address {
	const char *text;   /* local@domain */
	const char *domain; /* in ASCII: international ones in Punycode (RFC 5891) */
	bool is_utf8;       /* its local part is not ASCII, and needs SMTPUTF8 (RFC 6531) */
};

struct mailbox {
	const char *name; /* may be empty */
	struct address address;
};

/*
 * Reads a Mailbox of RFC 5321, section 4.1.2, extended by RFC 6531: one address without comments
 * or domain literals. Quotes around the local part stay only where it needs them. False if it is
 * none: whatever could end a line, a word or an address is none.
 */
bool address_read(struct arena *arena, const char *text, struct address *ret_address);

/* The same text for all spellings: addresses that differ in case only are the same in practice. */
const char *address_folded(struct arena *arena, const struct address *address);

/* Reads "Name <address>" or "address"; the name as it stands there. */
bool address_read_mailbox(struct arena *arena, const char *text, struct mailbox *ret_mailbox);

#endif
