/* db_queue.c: whose turn it is (start-time fair queueing, all questions of the same weight). */
#include "core/db_queue.h"
#include "core/db_pool.h"

static uint64_t *
turn_of(struct queue *queue, const struct db_question *question)
{
	return &queue->turns[question->account % QUEUE_ACCOUNTS];
}

void
queue_enter(struct queue *queue, struct db_question *question)
{
	uint64_t *newest = turn_of(queue, question);
	struct db_question **place = &queue->first;

	*newest = (*newest > queue->turn ? *newest : queue->turn) + 1;
	question->turn = *newest;
	if (queue->last != NULL && queue->last->turn <= question->turn)
		place = &queue->last->next;
	while (*place != NULL && (*place)->turn <= question->turn)
		place = &(*place)->next;
	question->next = *place;
	*place = question;
	if (question->next == NULL)
		queue->last = question;
	queue->length++;
}

struct db_question *
queue_take(struct queue *queue)
{
	struct db_question *question = queue->first;

	if (question == NULL)
		return NULL;
	queue->first = question->next;
	if (queue->first == NULL)
		queue->last = NULL;
	queue->length--;
	queue->turn = question->turn;
	return question;
}

bool
queue_remove(struct queue *queue, const struct db_question *question)
{
	struct db_question *before = NULL, *at = queue->first;

	for (; at != NULL && at != question; at = at->next)
		before = at;
	if (at == NULL)
		return false;
	*(before == NULL ? &queue->first : &before->next) = at->next;
	if (queue->last == at)
		queue->last = before;
	queue->length--;
	--*turn_of(queue, question); /* it had none: the next may have it */
	return true;
}

struct db_question *
queue_shed(struct queue *queue)
{
	struct db_question *question = queue->last;

	queue_remove(queue, question);
	return question;
}
