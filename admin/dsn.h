/* dsn.h: reports of mail servers about mails that they could not deliver (RFC 3464). */
#ifndef ADMIN_DSN_H
#define ADMIN_DSN_H

#include <stddef.h>

#include "core/arena.h"

enum dsn_verdict {
	DSN_NONE,    /* it is no such report: an answer, a challenge, anything else */
	DSN_NOTHING, /* nothing has failed yet: it is late, it has arrived, it went on elsewhere */
	DSN_FAILED,  /* this mail did not arrive; another may */
	DSN_NOBODY,  /* nor will any other: there is nobody (see suppression.h) */
};

struct dsn {
	enum dsn_verdict verdict;
	char status[12]; /* "5.1.1" (RFC 3463), or "-" */
	const char
	    *recipients; /* all header fields that say to whom the report came; may be empty */
};

/*
 * Reads one mail, which may be anything at all. Codes decide, never words: `Status`, or where that
 * says no more than its class (5.0.0), the status with which an SMTP reply in `Diagnostic-Code`
 * begins. Of several recipients the mildest counts.
 */
struct dsn dsn_read(struct arena *arena, const char *bytes, size_t length);

#endif
