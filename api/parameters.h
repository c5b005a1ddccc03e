/* parameters.h: path, query and header fields, as the contract wants them. */
#ifndef API_PARAMETERS_H
#define API_PARAMETERS_H

#include "api/request.h"

/*
 * Reads, checks and binds everything outside the body: the values, the language, the revisions of
 * If-Match. All that is wrong ends up in the request's faults. A path parameter that cannot be one
 * is PROBLEM_NOT_FOUND: what cannot be there is not there.
 */
enum problem parameters_read(struct request *request);

#endif
