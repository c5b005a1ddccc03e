/* sender.h: what webhooks are told, sent by a thread of its own. */
#ifndef WORKERS_SENDER_H
#define WORKERS_SENDER_H

#include "core/config.h"

/*
 * Starts it: with a connection of its own to the database it tells webhooks of what has happened,
 * and sends that. It asks by one statement, webhooks_exchange, and goes on sending until that has
 * answered; no transaction is open while a receiver is waited for. post_open was called before.
 */
void sender_start(const struct config *config);

/* Lets what is under way come to its end, for some seconds at most, and ends the thread. */
void sender_stop(void);

#endif
