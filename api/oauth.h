/* oauth.h: what the token endpoint and its neighbours say when something is wrong. */
#ifndef API_OAUTH_H
#define API_OAUTH_H

#include "api/request.h"

/* Writes a problem as RFC 6749, section 5.2 has it, with the status of that. */
void oauth_problem(struct request *request, enum problem problem);

/* Says how one can prove who one is: the field WWW-Authenticate of a 401. */
void oauth_challenge(struct request *request);

#endif
