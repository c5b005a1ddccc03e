/* network.h: where a request comes from. */
#ifndef API_NETWORK_H
#define API_NETWORK_H

#include "api/request.h"

/*
 * The network whose requests count as those of one: an address of version 4, or the 64 bits of one
 * of version 6 with which anybody has all the others. Behind our own proxy, that of whom it serves.
 */
const char *network_of(const struct request *request);

#endif
