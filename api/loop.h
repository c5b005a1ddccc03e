/* loop.h: Kore's event loop, as the rest of the API needs it. */
#ifndef API_LOOP_H
#define API_LOOP_H

#include <stdint.h>

#include "core/db_pool.h"

/* The loop for the database pool. */
extern const struct db_loop loop_for_db;

/* Calls function(argument) every so many milliseconds. */
void loop_every(uint64_t milliseconds, void (*function)(void *argument), void *argument);

#endif
