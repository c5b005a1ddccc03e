/* guesses.h: how often something short may be guessed, counted over all workers. */
#ifndef API_GUESSES_H
#define API_GUESSES_H

#include <stdbool.h>
#include <stdint.h>

/* Memory for all workers; call before they are forked. */
void guesses_open(void);

/*
 * Counts a guess on an account; false if it has had as many within this hour, whether they were
 * right or not. Accounts that share a place share the count.
 */
bool guesses_take(uint64_t account, unsigned most);

/* It was right: it does not count. */
void guesses_give_back(uint64_t account);

/* Seconds until all are counted anew. */
uint64_t guesses_wait(void);

#endif
