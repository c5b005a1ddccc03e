/* serve.h: the way of a request, from its message to its answer. */
#ifndef API_SERVE_H
#define API_SERVE_H

#include "api/request.h"

/* Answers the request into its reply, then calls its finished, now or later. */
void serve(struct request *request);

#endif
