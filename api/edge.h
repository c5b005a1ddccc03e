/* edge.h: HTTP on Kore's connections. */
#ifndef API_EDGE_H
#define API_EDGE_H

#include "api/request.h"

/* Gets the worker ready to serve; the service must outlive it. */
void edge_open(const struct service *service);

/* From now on every answer is the last one of its connection. */
void edge_drain(void);

/* True while an answer is being worked on or sent. */
bool edge_is_busy(void);

#endif
