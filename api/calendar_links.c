/* calendar_links.c: the forms in which calendar programs want the address of a feed. */
#include <string.h>

#include "api/calendar_links.h"
#include "core/buffer.h"

#define GOOGLE "https://calendar.google.com/calendar/r?cid="

/* RFC 3986, section 2.1. */
static void
write_percent_encoded(struct buffer *out, const char *text)
{
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					 "0123456789-._~";

	for (; *text != '\0'; text++)
		buffer_printf(
		    out, strchr(unreserved, *text) == NULL ? "%%%02X" : "%c", (unsigned char)*text);
}

struct calendar_links
calendar_links_of(struct arena *arena, const char *feed)
{
	struct calendar_links links = { .feed = feed };
	struct buffer google;

	links.webcal = arena_printf(arena, "webcal%s", strstr(feed, "://"));
	buffer_init(&google, arena, 0);
	buffer_string(&google, GOOGLE);
	write_percent_encoded(&google, links.webcal);
	links.google = buffer_text(&google);
	return links;
}
