/* feeds.h: the calendar of one person. */
#ifndef API_FEEDS_H
#define API_FEEDS_H

#include "api/request.h"

/*
 * Makes the caller's calendar as the body wants it, with a secret address; an address that there
 * was leads nowhere from then on. The calendar's row and the secret; NULL if there is nobody.
 */
const struct rows *feed_give_address(struct request *request, const char **ret_token);

#endif
