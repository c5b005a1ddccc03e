/* negotiation.h: what the client's header fields ask for. */
#ifndef API_NEGOTIATION_H
#define API_NEGOTIATION_H

#include "api/request.h"

/*
 * Sets the request's language: the one of ours that Accept-Language likes best, German otherwise.
 */
void negotiate_language(struct request *request);

/* True if Accept covers what the operation answers (RFC 9110, section 12.5.1). */
bool negotiate_type(const struct request *request);

/* True if Accept-Encoding takes gzip (RFC 9110, section 12.5.3). */
bool negotiate_gzip(const struct request *request);

/* True if If-None-Match knows the tag, compared weakly, or any (RFC 9110, section 13.1.2). */
bool negotiate_match(const struct request *request, const char *etag);

/*
 * Sets the request's revisions from If-Match: those of strong tags of ours, or any for "*" (RFC
 * 9110, section 13.1.1). PROBLEM_PRECONDITION_REQUIRED if the field is needed and missing.
 */
enum problem negotiate_revision(struct request *request);

#endif
