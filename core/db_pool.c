/* db_pool.c: questions, what becomes of them while they wait, and who gets which connection. */
#include <string.h>

#include "core/db_connection.h"

static const struct statement rollback = { "rollback", "ROLLBACK", NULL, 0, LANE_WRITE };

void
db_pool_flush_soon(struct db_pool *pool)
{
	if (pool->flush_asked)
		return;
	pool->flush_asked = true;
	pool->loop->flush_later(pool);
}

/* SQLSTATE classes after which the same statement may well succeed a moment later. */
static bool
is_passing(const char *sqlstate)
{
	static const char *const classes[] = { "08", "40", "53", "57", "58" };

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strncmp(sqlstate, classes[i], 2) == 0)
			return true;
	return false;
}

static void
question_end(struct db_question *question, PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	question->connection = NULL;
	question->result = NULL;
	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
		question->outcome = DB_OK;
		question->result = result;
	} else {
		db_error_fill(&question->error, result);
		question->outcome = is_passing(question->error.sqlstate) || result == NULL ?
		    DB_UNAVAILABLE :
		    DB_FAILED;
		PQclear(result);
	}
	question->done(question);
}

/* Look-ups are harmless: one that failed through no fault of its own is asked again, once. */
static bool
ask_again(struct db_pool *pool, struct db_question *question)
{
	if (question->statement->lane != LANE_READ || question->retried || question->lease != NULL)
		return false;
	question->retried = true;
	question->connection = NULL;
	queue_enter(&pool->waiting[LANE_READ], question);
	return true;
}

void
db_pool_land(struct db_pool *pool, struct db_question *question, PGresult *result)
{
	bool through_others = result == NULL || PQresultStatus(result) == PGRES_PIPELINE_ABORTED;

	if (question == NULL || (through_others && ask_again(pool, question)))
		PQclear(result);
	else
		question_end(question, result);
}

static enum lane
lane_of(const struct db_question *question)
{
	return question->lease != NULL ? question->lease->lane : question->statement->lane;
}

/* The connection that should take the question, or NULL while none can. */
static struct db_connection *
connection_for(struct db_pool *pool, const struct db_question *question)
{
	enum lane lane = lane_of(question);
	struct db_connection *best = NULL;

	if (question->lease != NULL && question->lease->connection != NULL)
		return question->lease->connection;
	for (size_t i = 0; i < pool->connection_count; i++) {
		struct db_connection *c = &pool->connections[i];

		if (c->lane != lane || c->state != READY || c->lease != NULL)
			continue;
		if (db_connection_load(c) / 2 >= db_lanes[lane].depth)
			continue;
		if (best == NULL || db_connection_load(c) < db_connection_load(best))
			best = c;
	}
	return best;
}

static void
question_send(struct db_connection *c, struct db_question *question)
{
	if (question->lease != NULL && question->lease->connection == NULL) {
		question->lease->connection = c;
		c->lease = question->lease;
	}
	question->deadline = c->pool->loop->milliseconds() +
	    (uint64_t)c->pool->settings.answer_timeout_ms * db_lanes[c->lane].patience;
	if (question->deadline > question->last)
		question->deadline = question->last;
	db_connection_send(c, question->statement, question->values, question);
}

void
db_pool_serve(struct db_pool *pool, enum lane lane)
{
	struct queue *queue = &pool->waiting[lane];
	struct db_connection *c;

	while (queue->first != NULL && (c = connection_for(pool, queue->first)) != NULL)
		question_send(c, queue_take(queue));
}

static void
lease_end(void *object)
{
	struct db_lease *lease = object;
	struct db_connection *c = lease->connection;

	if (c == NULL)
		return;
	c->lease = NULL;
	if (PQtransactionStatus(c->pg) != PQTRANS_IDLE)
		db_connection_send(c, &rollback, NULL, NULL);
	db_pool_serve(lease->pool, lease->lane);
}

/* Whether the lane has been without a connection for so long that nobody waits for one. */
static bool
is_down(const struct db_pool *pool, enum lane lane, uint64_t now)
{
	uint64_t since = pool->down_since[lane];

	return since != 0 && now - since > pool->settings.queue_timeout_ms;
}

/* Who is refused is told at the end of the turn: whoever is told may ask again, or drop others. */
static void
refuse(struct db_pool *pool, struct db_question *question)
{
	queue_enter(&pool->refused, question);
	db_pool_flush_soon(pool);
}

static void
refuse_late(struct db_pool *pool, enum lane lane, uint64_t now)
{
	struct queue *queue = &pool->waiting[lane];
	bool all = is_down(pool, lane, now);
	struct db_question *next;

	for (struct db_question *question = queue->first; question != NULL; question = next) {
		next = question->next;
		if (!all && question->deadline > now)
			continue;
		queue_remove(queue, question);
		refuse(pool, question);
	}
}

static void
check_lane(struct db_pool *pool, enum lane lane, uint64_t now)
{
	bool up = false;

	for (size_t i = 0; i < pool->connection_count; i++)
		if (pool->connections[i].lane == lane && pool->connections[i].state == READY)
			up = true;
	if (up)
		pool->down_since[lane] = 0;
	else if (pool->down_since[lane] == 0)
		pool->down_since[lane] = now;
	refuse_late(pool, lane, now);
}

struct db_pool *
db_pool_new(
    struct arena *arena, const struct db_loop *loop, const struct db_pool_settings *settings)
{
	struct db_pool *pool = arena_alloc(arena, sizeof(*pool));
	struct db_connection *c;

	pool->arena = arena;
	pool->loop = loop;
	pool->settings = *settings;
	for (size_t lane = 0; lane < LANE_COUNT; lane++)
		pool->connection_count += settings->connections[lane];
	c = pool->connections = arena_alloc(arena, pool->connection_count * sizeof(*c));
	for (size_t lane = 0; lane < LANE_COUNT; lane++)
		for (size_t i = 0; i < settings->connections[lane]; i++)
			db_connection_init(c++, pool, (enum lane)lane);
	return pool;
}

void
db_pool_ask(struct db_pool *pool, struct db_question *question)
{
	enum lane lane = lane_of(question);
	uint64_t now = pool->loop->milliseconds(), patience = db_lanes[lane].patience;
	bool held = question->lease != NULL && question->lease->connection != NULL;
	struct queue *queue = &pool->waiting[lane];

	question->deadline = now + pool->settings.queue_timeout_ms * patience;
	question->last = question->deadline + pool->settings.answer_timeout_ms * patience;
	question->retried = false;
	question->connection = NULL;
	if ((question->lease != NULL && question->lease->lost) || is_down(pool, lane, now)) {
		refuse(pool, question);
	} else if (held) {
		question_send(question->lease->connection, question);
	} else {
		queue_enter(queue, question);
		db_pool_serve(pool, lane);
		if (queue->length > pool->settings.queue_limit)
			refuse(pool, queue_shed(queue));
	}
}

void
db_pool_forget(struct db_pool *pool, struct db_question *question)
{
	struct db_connection *c = question->connection;

	if (c != NULL) {
		db_connection_forget(c, question);
		return;
	}
	for (size_t lane = 0; lane < LANE_COUNT; lane++)
		if (queue_remove(&pool->waiting[lane], question))
			return;
	queue_remove(&pool->refused, question);
}

struct rows *
db_answer(struct arena *arena, struct db_question *question)
{
	return question->outcome == DB_OK ? rows_take(arena, question->result) : NULL;
}

struct db_lease *
db_lease_new(struct db_pool *pool, struct arena *arena, enum lane lane)
{
	struct db_lease *lease = arena_alloc(arena, sizeof(*lease));

	lease->pool = pool;
	lease->lane = lane;
	arena_defer(arena, lease_end, lease);
	return lease;
}

void
db_pool_flush(struct db_pool *pool)
{
	struct db_question *question;

	pool->flush_asked = false;
	while ((question = queue_take(&pool->refused)) != NULL)
		question_end(question, NULL);
	for (size_t i = 0; i < pool->connection_count; i++)
		db_connection_flush(&pool->connections[i]);
}

void
db_pool_tick(struct db_pool *pool)
{
	uint64_t now = pool->loop->milliseconds();

	for (size_t lane = 0; lane < LANE_COUNT; lane++)
		check_lane(pool, (enum lane)lane, now);
	for (size_t i = 0; i < pool->connection_count; i++)
		db_connection_check(&pool->connections[i], now);
}

bool
db_pool_is_ready(const struct db_pool *pool)
{
	bool up[LANE_COUNT] = { false };

	for (size_t i = 0; i < pool->connection_count; i++)
		if (pool->connections[i].state == READY)
			up[pool->connections[i].lane] = true;
	return up[LANE_READ] && up[LANE_SEARCH] && up[LANE_WRITE];
}
