/* perform.h: carries out an operation, by its handler or in the manner of its method. */
#ifndef API_PERFORM_H
#define API_PERFORM_H

#include "api/request.h"

/*
 * Everything about the request has been checked. Writes are done once under an Idempotency-Key, and
 * not at all with dry_run=true; both hold for handlers and statements alike.
 */
enum problem perform(struct request *request);

#endif
