/* letter.h: a mail as the bytes that travel (RFC 5322, RFC 2045), by GMime. */
#ifndef WORKERS_LETTER_H
#define WORKERS_LETTER_H

#include <stdint.h>

#include "core/address.h"

/* Texts are UTF-8; what could end a line of a header becomes a space there. */
struct letter {
	const char *id; /* a dot-atom; the same whenever the same mail is sent again */
	int64_t date;   /* in microseconds since 1970 */
	struct mailbox from;
	struct address to;
	const char *language; /* of all that is said (BCP 47) */
	const char *subject;
	const char *text;        /* the page is made of it too */
	const char *base_url;    /* links below it can be followed */
	const char *list;        /* what the reader can end: with the host it names the List-Id */
	const char *unsubscribe; /* a URL that takes a POST (RFC 8058), or NULL */
	const char *calendar;    /* iCalendar, or NULL */
	const char *method;      /* of the calendar: PUBLISH, REQUEST, CANCEL */
};

/*
 * The same bytes for the same letter; in ASCII, unless the local part of the recipient is not;
 * lines end with CRLF. They live in the arena.
 */
const char *letter_write(struct arena *arena, const struct letter *letter, size_t *ret_length);

#endif
