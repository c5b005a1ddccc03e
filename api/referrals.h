/* referrals.h: what of a registration belongs to the referral that it is made with. */
#ifndef API_REFERRALS_H
#define API_REFERRALS_H

#include "api/person.h"

/*
 * The code that a person registers with, if they agree to be told of: its hash and the consent go
 * into their row. Without the consent a code is as good as none. Ends the request if it cannot be a
 * code, or if too many were guessed from there, or for the same meeting or series.
 */
void referral_offer(struct person *person);

/* What came of it, by the answer's row: a code that was right was no guess. */
void referral_settle(struct request *request, const struct rows *rows, size_t row);

#endif
