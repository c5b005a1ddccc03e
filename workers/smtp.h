/* smtp.h: letters handed to a mail server (RFC 5321), by libcurl. */
#ifndef WORKERS_SMTP_H
#define WORKERS_SMTP_H

#include "workers/outlet.h"

/*
 * Opened, it takes RUNDE_SMTP_URL, _USER, _PASSWORD_FILE, _CA_FILE and _CONNECTIONS. TLS is
 * required and the certificate verified, unless the server is on this machine (loopback, a Unix
 * socket) and no CA file is given.
 *
 * Sends over connections that are open, or opens some. A server that keeps us waiting in vain is
 * then left alone as long as it has cost us: letters wait meanwhile. 4xx, and all that is wrong
 * with the server or between us, is OUTLET_LATER; 5xx on the letter or the recipient OUTLET_NEVER;
 * 5xx that says that there is no such recipient OUTLET_UNKNOWN (RFC 3463 decides where given).
 */
extern const struct outlet smtp_outlet;

#endif
