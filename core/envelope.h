/* envelope.h: senders of envelopes that say whose mail comes back (VERP), with nothing stored. */
#ifndef CORE_ENVELOPE_H
#define CORE_ENVELOPE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"

/*
 * RUNDE_MAIL_BOUNCE is an address with "{token}" in it. The token is made of the person who was
 * written to, when that was, the number of the mail, and a keyed hash of all three: whoever knows
 * one can make no other. It names the person and not the address, for then nothing that is the same
 * for one address everywhere has to be kept with persons. It is in base32, small letters: there are
 * servers to which case is nothing, and a local part has no more than 64 characters.
 */
#define ENVELOPE_TOKEN_LENGTH 48

struct envelope {
	const char *person;
	int64_t sent; /* in seconds since 1970 */
};

/* Whether the pattern is an address with a place for the token. */
bool envelope_is_right(struct arena *arena, const char *pattern);

/* The sender for a mail to a person. */
const char *envelope_sender(
    struct arena *arena, const char *pattern, const struct envelope *envelope, uint64_t number);

/*
 * Finds a sender of ours anywhere in a text, such as a header field, in whatever case. False if
 * there is none, or only some that we did not make.
 */
bool envelope_find(
    struct arena *arena, const char *pattern, const char *text, struct envelope *ret_envelope);

#endif
