/* pace.h: how fast mails go to a domain, and for how long it is left alone when it puts us off. */
#ifndef WORKERS_PACE_H
#define WORKERS_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"

/*
 * Whether a mail may go there now: NULL; it is counted then. Else the instant at which to ask
 * again: each that asks gets a later one, so that all of them come in the right number. so_many:
 * how many may go in a second; 0: any. What is known is of this process, and forgotten with it.
 */
const char *pace_wait(struct arena *arena, const char *domain, int64_t now, size_t so_many);

/* Until when it is left alone; NULL if it is not. */
const char *pace_rest(struct arena *arena, const char *domain, int64_t now);

/*
 * What its server said to a recipient: whoever puts us off is left alone for a minute, then for
 * twice as long, for an hour at most, until it takes a mail again.
 */
void pace_note(const char *domain, int64_t now, bool is_put_off);

#endif
