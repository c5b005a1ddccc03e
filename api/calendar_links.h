/* calendar_links.h: the forms in which calendar programs want the address of a feed. */
#ifndef API_CALENDAR_LINKS_H
#define API_CALENDAR_LINKS_H

#include "core/arena.h"

struct calendar_links {
	const char *feed;   /* as it is */
	const char *webcal; /* opens the calendar program */
	const char *google; /* adds it to Google Calendar, which takes a webcal: address only */
};

/* The forms of an absolute http or https URL; in the arena. */
struct calendar_links calendar_links_of(struct arena *arena, const char *feed);

#endif
