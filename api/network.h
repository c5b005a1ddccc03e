/* network.h: where a request comes from. */
#ifndef API_NETWORK_H
#define API_NETWORK_H

#include <netinet/in.h>

#include "api/request.h"

/*
 * What counts as one: an address of version 4, or the 64 bits of one of version 6 with which
 * anybody has all the others.
 */
void network_name(const char *address, char ret_name[static INET6_ADDRSTRLEN]);

/* That of whoever asks; behind our own proxy, of whom it serves. */
const char *network_of(const struct request *request);

#endif
