/* caller.h: who is asking. */
#ifndef API_CALLER_H
#define API_CALLER_H

#include "api/request.h"

/*
 * Finds out who is asking, by the Authorization field (RFC 6750), and whose quota counts. What a
 * key is good for is remembered for CALLER_MEMORY_MS, so a revoked one is dead within a second. A
 * key that is not, or no longer, valid is noted in the caller: that is not the same as none.
 */
enum problem caller_identify(struct request *request);

#define CALLER_MEMORY_MS 500

#endif
