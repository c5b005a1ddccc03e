/* db_queue.h: questions that wait, each asker in their turn; for core/db_*.c only. */
#ifndef CORE_DB_QUEUE_H
#define CORE_DB_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db_question;

#define QUEUE_ACCOUNTS 1024 /* more share */

/*
 * In each turn every account has one question at most: who asks a lot waits behind those who ask
 * little. All zeros is an empty queue.
 */
struct queue {
	struct db_question *first, *last;
	size_t length;
	uint64_t turn;                  /* of the question that was taken last */
	uint64_t turns[QUEUE_ACCOUNTS]; /* of the newest question of each account */
};

/* Puts a question behind all of its turn. */
void queue_enter(struct queue *queue, struct db_question *question);

/* Takes the first question; NULL if there is none. */
struct db_question *queue_take(struct queue *queue);

/*
 * Takes the question that would have its turn last, the newest of whoever has most waiting. There
 * is one.
 */
struct db_question *queue_shed(struct queue *queue);

/* Takes a question out, if it is there. */
bool queue_remove(struct queue *queue, const struct db_question *question);

#endif
