/* challenges.h: work instead of an account: little for one person, much for a thousand. */
#ifndef API_CHALLENGES_H
#define API_CHALLENGES_H

#include "api/request.h"

/*
 * The proof that the body shows: {challenge, nonce}. Returns the hash of the challenge as a bytea,
 * to be written down as spent until *ret_ends, or ends the request with the fault /proof.
 */
const char *challenge_check(struct request *request, const char **ret_ends);

/*
 * Whether the caller may have one more address mailed without it: a few times an hour from one
 * network address. Who shows a proof all the same has it checked.
 */
bool challenge_is_spared(struct request *request);

#endif
