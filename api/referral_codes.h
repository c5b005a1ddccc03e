/* referral_codes.h: the codes of referrals, short enough to be read out and typed. */
#ifndef API_REFERRAL_CODES_H
#define API_REFERRAL_CODES_H

#include "core/arena.h"

/*
 * A new code, "7K3M-9QXT-2BWV": 55 random bits in the 32 characters of Crockford's base 32, and one
 * that shows any single wrong character and most that changed places (Luhn's sum, modulo 32).
 */
const char *referral_code_new(struct arena *arena);

/*
 * The keyed hash of a code as a bytea, however it was typed: hyphens and case do not count, O is 0,
 * I and L are 1. NULL if it cannot be a code.
 */
const char *referral_code_hash(struct arena *arena, const char *code);

#endif
