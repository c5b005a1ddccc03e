/* leaders.h: how leaders sign in. */
#ifndef API_LEADERS_H
#define API_LEADERS_H

#include "api/request.h"

/*
 * Whoever has the address in the body wants to sign in: a mail goes there if it is a leader's, and
 * is good for the browser with this secret. Until when, as the API writes it.
 */
void sign_in_begin(struct request *request, const char *browser, const char **ret_ends);

/*
 * Redeems a mailed token; browser may be NULL. The session's row and its secret; NULL if the token
 * is not good.
 */
const struct rows *session_begin(
    struct request *request, const char *token, const char *browser, const char **ret_secret);

#endif
