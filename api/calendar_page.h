/* calendar_page.h: the page on which people subscribe to a calendar, without scripts. */
#ifndef API_CALENDAR_PAGE_H
#define API_CALENDAR_PAGE_H

#include <stdbool.h>

#include "core/buffer.h"

struct calendar_page {
	const char *language; /* "en"; anything else is "de" */
	const char *title;    /* any text; a personal feed's is a discreet one, like "Termine" */
	const char *feed; /* absolute http or https URL of the calendar, as a client fetches it */
	bool is_personal; /* who has the address sees the dates: the page says so */
	const char *other_language_url; /* the same page in the other language; NULL: none */
};

/*
 * Appends the whole page. It names the feed in its three forms: as it is, as webcal: and for Google
 * Calendar; the QR code is left out if the feed's address is too long for one.
 */
void calendar_page_write(struct buffer *out, const struct calendar_page *page);

#endif
