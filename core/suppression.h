/* suppression.h: addresses that take no mails: what says so, and what is kept of them. */
#ifndef CORE_SUPPRESSION_H
#define CORE_SUPPRESSION_H

#include <stdbool.h>

#include "core/address.h"

/*
 * Whether a status code (RFC 3463) says that nobody will ever get a mail there. A mailbox that is
 * full may be emptied, and what is against a policy may be for another one.
 */
bool suppression_is_called_for(const char *status);

/* What is kept of an address in suppressed_addresses: its keyed hash, as a bytea. */
const char *suppression_hash(struct arena *arena, const struct address *address);

#endif
