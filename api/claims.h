/* claims.h: what a signed text claims: when, for whom, and once only (RFC 7519, section 4.1). */
#ifndef API_CLAIMS_H
#define API_CLAIMS_H

#include <jansson.h>

#include "api/request.h"

/* By how much the clock of a client may be ahead of ours. */
#define CLAIMS_AHEAD INT64_C(10000000)

/* An instant, in microseconds since 1970. False if there is none, or none that can be. */
bool claims_instant(const json_t *claims, const char *name, int64_t *ret_instant);

/* True if the member is there and this text. */
bool claims_say(const json_t *claims, const char *name, const char *text);

/* True if "aud" names us, as one of these, and nobody else. */
bool claims_are_for(const json_t *claims, const char *const *names);

/*
 * Notes that the "jti" of somebody was seen, until it is too old to be taken. False if there is
 * none, or it had been seen before: then it is replayed.
 */
bool claims_spend(struct request *request, const json_t *claims, const char *whose, int64_t until);

#endif
