/* negotiation.h: what the client's header fields ask for. */
#ifndef API_NEGOTIATION_H
#define API_NEGOTIATION_H

#include "api/request.h"

/*
 * Sets the request's language: the one of ours that Accept-Language likes best, German otherwise.
 */
void negotiate_language(struct request *request);

/*
 * The media type to answer with, by Accept (RFC 9110, section 12.5.1). NULL if it covers none; an
 * operation with two types answers its first one then, for clients that ask by the address alone.
 */
const char *negotiate_type(const struct request *request);

/* True if a problem is to be told on a page: to a browser that asks for one, or for nothing. */
bool negotiate_page(const struct request *request);

/* True if Accept-Encoding takes gzip (RFC 9110, section 12.5.3). */
bool negotiate_gzip(const struct request *request);

/*
 * True if the client has what would be answered: If-None-Match knows the tag, compared weakly, or
 * any; without that field, If-Modified-Since is not before the last change (RFC 9110, section
 * 13.2). A date that is none says nothing.
 */
bool negotiate_known(const struct request *request);

/*
 * Sets the request's revisions from If-Match: those of strong tags of ours, or any for "*" (RFC
 * 9110, section 13.1.1). PROBLEM_PRECONDITION_REQUIRED if the field is needed and missing.
 */
enum problem negotiate_revision(struct request *request);

#endif
