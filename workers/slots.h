/* slots.h: the deliveries that a sender has at hand, each under way or to be begun. */
#ifndef WORKERS_SLOTS_H
#define WORKERS_SLOTS_H

#include <stddef.h>

#include "core/db.h"

/* Takes the deliveries of webhooks_exchange; there must be room for them. */
void slots_take(const struct rows *rows);

/* Sees which are over. */
void slots_finish(void);

/* Begins as many as may be under way to each webhook. What has waited for long is left instead. */
void slots_begin(void);

/*
 * What became of those that are over, as webhooks_exchange wants to know it; NULL if none is. They
 * are at hand no more. Nor is what was to be begun for a webhook that wants to be left alone, from
 * the moment it says so.
 */
const char *slots_results(struct arena *arena);

/* The ids of what is at hand, an array. */
const char *slots_held(struct arena *arena);

/* How much of each webhook is at hand, and for how much more there is room. */
const char *slots_busy(struct arena *arena);

/* How many there are: at hand; of these under way; of these over; and room for more. */
size_t slots_at_hand(void);
size_t slots_under_way(void);
size_t slots_over(void);
size_t slots_room(void);

/* Drops them all: what becomes of them is not known. */
void slots_drop(void);

#endif
