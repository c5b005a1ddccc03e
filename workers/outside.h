/* outside.h: requests to servers of others by libcurl, and the wall before each connection. */
#ifndef WORKERS_OUTSIDE_H
#define WORKERS_OUTSIDE_H

#include <curl/curl.h>
#include <stdbool.h>

#include "core/arena.h"
#include "core/config.h"

/* Where a request leads. It stays where it is until the request is over. */
struct outside {
	const char *url;
	bool is_forbidden; /* it led to where nobody may be connected to */
};

/*
 * Call once, at start, before there are threads. Takes RUNDE_OUTSIDE_ALLOW and _CA_FILE. NULL, or a
 * sentence about the setting at fault.
 */
const char *outside_open(struct arena *arena, const struct config *config);

/*
 * A new handle. Each address is looked at just before it is connected to, and only to what
 * reach_forbids does not name, on port 443 and with TLS, or what is excepted, is connected to.
 * Redirections, proxies and cookies are not for us. Any thread may ask; the caller cleans it up.
 */
CURL *outside_handle(void);

/* Where the next request of a handle leads. */
void outside_aim(CURL *handle, struct outside *outside);

/* Why there was no answer; never with anything that the other side said. */
const char *outside_error(const struct outside *outside, CURLcode code);

#endif
