/* certificate.h: the certificate that a client showed, to us or to the proxy in front. */
#ifndef API_CERTIFICATE_H
#define API_CERTIFICATE_H

#include "api/request.h"

/*
 * Reads those who may vouch for certificates of clients (PEM). False if they cannot be read. Call
 * once, at start; without it nobody vouches for anything.
 */
bool certificate_trust(const char *path);

/*
 * The thumbprint of the certificate that came with the request (RFC 8705, section 3.1), by TLS of
 * our own or in a field of the trusted proxy (RFC 9440); NULL if there is none.
 */
const char *certificate_thumbprint(struct request *request);

/*
 * True if the certificate has this subject (RFC 4514) or this DNS name, whichever is not NULL, is
 * good today, and one of those we trust vouches for it.
 */
bool certificate_is_of(struct request *request, const char *subject, const char *dns);

#endif
