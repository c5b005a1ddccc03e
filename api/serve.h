/* serve.h: the way of a request, from its bytes to its answer. */
#ifndef API_SERVE_H
#define API_SERVE_H

#include "api/request.h"

/* Answers the request into its reply, or says why not. Runs in the request's coroutine. */
enum problem serve(struct request *request);

/*
 * One line for the operator: what happened, with the request's id and operation, never its content.
 */
void serve_log(const struct request *request, const char *what, const char *detail);

#endif
