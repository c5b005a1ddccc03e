/* dpop.h: proofs that whoever sends a token has the key that it is bound to (RFC 9449). */
#ifndef API_DPOP_H
#define API_DPOP_H

#include "api/request.h"

/*
 * Checks the proof that came with a request, with the access token that it goes with, or NULL where
 * one is asked for. The thumbprint of the key; NULL if there was no proof. False if there was one
 * and it is not good: of another request or token, too old, or seen before.
 */
bool dpop_check(struct request *request, const char *token, const char **ret_thumbprint);

#endif
