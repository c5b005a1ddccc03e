/* callee.h: URLs of others that we are to call. */
#ifndef API_CALLEE_H
#define API_CALLEE_H

#include "api/request.h"

/*
 * Ends the request with a fault if the body's member of this name is a URL that cannot lead
 * anywhere that may be called; a member that is not there has none. What only shows when somebody
 * connects, workers look at.
 */
void callee_check(struct request *req, const char *member);

#endif
