/* cookie.h: what a browser keeps for us (RFC 6265). */
#ifndef API_COOKIE_H
#define API_COOKIE_H

#include "api/request.h"

#define COOKIE_BROWSER "runde-browser" /* what a browser was given when it asked to sign in */
#define COOKIE_SESSION "runde-session" /* the session of a leader */

/* The value of a cookie, or NULL. */
const char *cookie_get(struct request *request, const char *name);

/*
 * Has it kept for some seconds, 0 to forget it: for us alone, out of reach of scripts, and not sent
 * when a form of another site is. The value must not need quoting.
 */
void cookie_set(struct request *request, const char *name, const char *value, int seconds);

#endif
