/* poke.h: idle workers told that there may be jobs. */
#ifndef API_POKE_H
#define API_POKE_H

#include "core/db_pool.h"

#define POKE_MS 50 /* between two pokes of one process */

/*
 * After a write has been committed: tells idle workers to look for jobs, at once or as soon as the
 * last poke is long enough ago. Nobody waits for it, and nothing is lost if it fails: workers look
 * by themselves every second.
 */
void poke(struct db_pool *pool);

/* Every POKE_MS: does what had to wait. pool: a struct db_pool. */
void poke_again(void *pool);

#endif
