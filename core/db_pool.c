/* db_pool.c: pipelined connections, their lanes and queues. */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/db_pool.h"
#include "core/db_result.h"

#define FLIGHTS_MAX      512  /* questions and syncs under way on one connection */
#define CONNECT_LIMIT_MS 5000 /* from the first byte until every statement is prepared */
#define BACKOFF_MIN_MS   50
#define BACKOFF_MAX_MS   500

/*
 * What differs between lanes. Look-ups asked in one turn share one Sync: PostgreSQL answers them in
 * one go. Everything else is a transaction of its own. Look-ups and writes go by keys and are
 * planned once; the best plan of a search depends on what is searched for.
 */
// clang-format off
/* clang-format off */
static const struct {
	bool shares_sync;
	size_t depth;
	const char *options;
} lanes[LANE_COUNT] = {
	[LANE_READ]   = { true,  FLIGHTS_MAX / 4, SESSION_OPTIONS " -c plan_cache_mode=force_generic_plan" },
	[LANE_SEARCH] = { false, 1,               SESSION_OPTIONS " -c plan_cache_mode=force_custom_plan"  },
	[LANE_WRITE]  = { false, 4,               SESSION_OPTIONS " -c plan_cache_mode=force_generic_plan" },
};
/* clang-format on */
// clang-format on

enum state { DOWN, CONNECTING, PREPARING, READY };

struct flight {
	struct db_question *question; /* NULL: nobody waits for it any more */
	PGresult *result;
	bool is_sync;
};

struct db_connection {
	struct db_watch watch;
	struct db_pool *pool;
	enum lane lane;
	PGconn *pg;
	int descriptor;
	enum state state;
	uint64_t deadline; /* DOWN: when to try again; CONNECTING and PREPARING: when to give up */
	uint64_t backoff;
	struct db_lease *lease;
	size_t unsynced;
	size_t head, answered, tail; /* counters into flights, modulo FLIGHTS_MAX */
	struct flight flights[FLIGHTS_MAX];
};

struct db_lease {
	struct db_pool *pool;
	struct db_connection *connection;
	bool lost;
};

struct queue {
	struct db_question *first, **end;
	size_t length;
};

struct db_pool {
	struct arena *arena;
	const struct db_loop *loop;
	struct db_pool_settings settings;
	struct queue waiting[LANE_COUNT];
	struct queue refused; /* to be told at the end of the turn */
	uint64_t down_since[LANE_COUNT];
	bool flush_asked;
	size_t connection_count;
	struct db_connection *connections;
};

static const struct statement rollback = { "rollback", "ROLLBACK", NULL, 0, LANE_WRITE };

static void connection_start(struct db_connection *c);

static void
queue_push(struct queue *queue, struct db_question *question)
{
	question->next = NULL;
	*queue->end = question;
	queue->end = &question->next;
	queue->length++;
}

static struct db_question *
queue_pop(struct queue *queue)
{
	struct db_question *question = queue->first;

	if (question == NULL)
		return NULL;
	queue->first = question->next;
	if (queue->first == NULL)
		queue->end = &queue->first;
	queue->length--;
	return question;
}

static bool
queue_remove(struct queue *queue, const struct db_question *question)
{
	for (struct db_question **p = &queue->first; *p != NULL; p = &(*p)->next) {
		if (*p != question)
			continue;
		*p = question->next;
		if (queue->end == &question->next)
			queue->end = p;
		queue->length--;
		return true;
	}
	return false;
}

static struct flight *
flight_at(struct db_connection *c, size_t counter)
{
	return &c->flights[counter % FLIGHTS_MAX];
}

static size_t
flights_under_way(const struct db_connection *c)
{
	return c->tail - c->head;
}

static void
watch(struct db_connection *c, bool writing)
{
	c->descriptor = PQsocket(c->pg);
	if (c->descriptor >= 0)
		c->pool->loop->watch(&c->watch, c->descriptor, writing);
}

static void
ask_for_flush(struct db_pool *pool)
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
	queue_push(&pool->waiting[LANE_READ], question);
	return true;
}

static void
flight_land(struct db_connection *c, struct flight flight)
{
	bool through_others =
	    flight.result == NULL || PQresultStatus(flight.result) == PGRES_PIPELINE_ABORTED;

	if (flight.question == NULL) {
		PQclear(flight.result);
		return;
	}
	if (through_others && ask_again(c->pool, flight.question)) {
		PQclear(flight.result);
		return;
	}
	question_end(flight.question, flight.result);
}

/* Takes the first flight off before it lands, for landing may ask new questions. */
static struct flight
flight_take(struct db_connection *c)
{
	struct flight flight = *flight_at(c, c->head);

	c->head++;
	if (c->answered < c->head)
		c->answered = c->head;
	return flight;
}

static void
connection_fail(struct db_connection *c, const char *why)
{
	size_t lost;

	c->pool->loop->log(why);
	if (c->descriptor >= 0 && PQsocket(c->pg) == c->descriptor)
		c->pool->loop->unwatch(&c->watch, c->descriptor);
	PQfinish(c->pg);
	c->pg = NULL;
	c->descriptor = -1;
	c->state = DOWN;
	c->unsynced = 0;
	if (c->lease != NULL) {
		c->lease->lost = true;
		c->lease->connection = NULL;
		c->lease = NULL;
	}
	c->deadline = c->pool->loop->milliseconds() + c->backoff;
	c->backoff = c->backoff * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : c->backoff * 2;
	for (lost = flights_under_way(c); lost > 0; lost--) {
		struct flight flight = flight_take(c);

		PQclear(flight.result); /* without its Sync nothing is known to be committed */
		flight.result = NULL;
		if (!flight.is_sync)
			flight_land(c, flight);
	}
}

static void
flight_add(struct db_connection *c, struct db_question *question, bool is_sync)
{
	*flight_at(c, c->tail++) = (struct flight){ .question = question, .is_sync = is_sync };
	if (question != NULL)
		question->connection = c;
}

static void
connection_sync(struct db_connection *c)
{
	int unsent;

	if (c->unsynced == 0)
		return;
	c->unsynced = 0;
	flight_add(c, NULL, true);
	if (PQpipelineSync(c->pg) != 1 || (unsent = PQflush(c->pg)) < 0)
		connection_fail(c, "db: sending failed");
	else if (unsent > 0)
		watch(c, true);
}

static bool
is_prepared(const struct db_pool *pool, const struct statement *statement)
{
	return statement >= pool->settings.statements &&
	    statement < pool->settings.statements + pool->settings.statement_count;
}

static void
connection_send(struct db_connection *c, const struct statement *statement,
    const char *const *values, struct db_question *question)
{
	int count = (int)statement->parameter_count, sent;

	flight_add(c, question, false);
	c->unsynced++;
	sent = is_prepared(c->pool, statement) ?
	    PQsendQueryPrepared(c->pg, statement->name, count, values, NULL, NULL, 0) :
	    PQsendQueryParams(c->pg, statement->sql, count, NULL, values, NULL, NULL, 0);
	if (sent != 1)
		connection_fail(c, "db: sending failed");
	else if (lanes[c->lane].shares_sync)
		ask_for_flush(c->pool);
	else
		connection_sync(c);
}

/* The connection that should take the question, or NULL while none can. */
static struct db_connection *
connection_for(struct db_pool *pool, const struct db_question *question)
{
	enum lane lane = question->lease != NULL ? LANE_WRITE : question->statement->lane;
	struct db_connection *best = NULL;

	if (question->lease != NULL && question->lease->connection != NULL)
		return question->lease->connection;
	for (size_t i = 0; i < pool->connection_count; i++) {
		struct db_connection *c = &pool->connections[i];

		if (c->lane != lane || c->state != READY || c->lease != NULL)
			continue;
		if (flights_under_way(c) / 2 >= lanes[lane].depth)
			continue;
		if (best == NULL || flights_under_way(c) < flights_under_way(best))
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
	question->deadline = c->pool->loop->milliseconds() + c->pool->settings.answer_timeout_ms;
	connection_send(c, question->statement, question->values, question);
}

static void
serve_queue(struct db_pool *pool, enum lane lane)
{
	struct queue *queue = &pool->waiting[lane];
	struct db_connection *c;

	while (queue->first != NULL && (c = connection_for(pool, queue->first)) != NULL)
		question_send(c, queue_pop(queue));
}

/* Lands everything up to the first Sync, which has been answered. */
static void
land_batch(struct db_connection *c)
{
	while (flights_under_way(c) > 0) {
		struct flight flight = flight_take(c);

		if (flight.is_sync)
			return;
		flight_land(c, flight);
	}
}

/* The commit itself failed: nothing of the batch has happened. */
static void
spoil_batch(struct db_connection *c)
{
	for (size_t i = c->head; i != c->answered; i++) {
		PQclear(flight_at(c, i)->result);
		flight_at(c, i)->result = NULL;
	}
}

static void
take_result(struct db_connection *c, PGresult *result)
{
	struct flight *flight = flight_at(c, c->answered);

	if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
		PQclear(result);
		c->answered++;
		land_batch(c);
	} else if (flight->is_sync) {
		PQclear(result);
		spoil_batch(c);
	} else if (flight->result != NULL) {
		PQclear(result);
	} else {
		flight->result = result;
	}
}

static void
read_answers(struct db_connection *c)
{
	PGresult *result;

	if (PQconsumeInput(c->pg) != 1) {
		connection_fail(c, "db: connection lost");
		return;
	}
	while (c->state == READY && flights_under_way(c) > 0 && !PQisBusy(c->pg)) {
		if ((result = PQgetResult(c->pg)) != NULL)
			take_result(c, result);
		else if (flight_at(c, c->answered)->result != NULL)
			c->answered++;
	}
	if (c->state == READY && PQstatus(c->pg) != CONNECTION_OK)
		connection_fail(c, "db: connection lost");
	serve_queue(c->pool, c->lane);
}

static void
read_prepared(struct db_connection *c)
{
	PGresult *result;
	ExecStatusType status;

	if (PQconsumeInput(c->pg) != 1) {
		connection_fail(c, "db: connection lost while preparing");
		return;
	}
	while (!PQisBusy(c->pg)) {
		if ((result = PQgetResult(c->pg)) == NULL)
			continue;
		status = PQresultStatus(result);
		if (status == PGRES_FATAL_ERROR)
			c->pool->loop->log(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
		PQclear(result);
		if (status == PGRES_FATAL_ERROR) {
			connection_fail(c, "db: a statement does not fit the schema");
			return;
		}
		if (status == PGRES_PIPELINE_SYNC) {
			c->state = READY;
			c->backoff = BACKOFF_MIN_MS;
			serve_queue(c->pool, c->lane);
			return;
		}
	}
}

/* The write lane prepares everything, for a transaction may look things up too. */
static void
connection_prepare(struct db_connection *c)
{
	const struct db_pool_settings *settings = &c->pool->settings;
	bool sent = PQsetnonblocking(c->pg, 1) == 0 && PQenterPipelineMode(c->pg) == 1;

	for (size_t i = 0; sent && i < settings->statement_count; i++) {
		const struct statement *s = &settings->statements[i];

		if (c->lane == LANE_WRITE || c->lane == s->lane)
			sent = PQsendPrepare(c->pg, s->name, s->sql, 0, NULL) == 1;
	}
	if (!sent || PQpipelineSync(c->pg) != 1) {
		connection_fail(c, "db: preparing failed");
		return;
	}
	c->state = PREPARING;
	watch(c, PQflush(c->pg) > 0);
}

static void
connection_poll(struct db_connection *c)
{
	switch (PQconnectPoll(c->pg)) {
	case PGRES_POLLING_READING:
		watch(c, false);
		break;
	case PGRES_POLLING_WRITING:
		watch(c, true);
		break;
	case PGRES_POLLING_OK:
		connection_prepare(c);
		break;
	default:
		connection_fail(c, "db: cannot connect");
	}
}

static void
connection_ready(struct db_watch *w, bool readable, bool writable)
{
	struct db_connection *c = (struct db_connection *)w;
	int unsent;

	if (c->state == CONNECTING) {
		connection_poll(c);
		return;
	}
	if (c->state != DOWN && writable) {
		if ((unsent = PQflush(c->pg)) < 0) {
			connection_fail(c, "db: sending failed");
			return;
		}
		watch(c, unsent > 0);
	}
	if (!readable)
		return;
	if (c->state == PREPARING)
		read_prepared(c);
	else if (c->state == READY)
		read_answers(c);
}

static void
connection_start(struct db_connection *c)
{
	const struct db_pool_settings *settings = &c->pool->settings;
	const char *const keywords[] = { "dbname", "options", "application_name", NULL };
	char options[256];
	const char *const values[] = { settings->conninfo, options, "runde-api", NULL };

	snprintf(options, sizeof(options), "%s -c statement_timeout=%u", lanes[c->lane].options,
	    settings->statement_timeout_ms);
	c->state = CONNECTING;
	c->deadline = c->pool->loop->milliseconds() + CONNECT_LIMIT_MS;
	c->pg = PQconnectStartParams(keywords, values, 1);
	if (PQstatus(c->pg) == CONNECTION_BAD)
		connection_fail(c, "db: cannot connect");
	else
		watch(c, true);
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
		connection_send(c, &rollback, NULL, NULL);
	serve_queue(lease->pool, LANE_WRITE);
}

static void
check_lane(struct db_pool *pool, enum lane lane, uint64_t now)
{
	bool up = false;
	struct db_question *question;

	for (size_t i = 0; i < pool->connection_count; i++)
		if (pool->connections[i].lane == lane && pool->connections[i].state == READY)
			up = true;
	if (up)
		pool->down_since[lane] = 0;
	else if (pool->down_since[lane] == 0)
		pool->down_since[lane] = now;
	while ((question = pool->waiting[lane].first) != NULL && question->deadline <= now)
		question_end(queue_pop(&pool->waiting[lane]), NULL);
}

/* The one who has waited longest on the connection, or NULL. */
static const struct db_question *
oldest_question(struct db_connection *c)
{
	for (size_t i = c->head; i != c->tail; i++)
		if (flight_at(c, i)->question != NULL)
			return flight_at(c, i)->question;
	return NULL;
}

static void
check_connection(struct db_connection *c, uint64_t now)
{
	const struct db_question *oldest = oldest_question(c);

	switch (c->state) {
	case DOWN:
		if (c->deadline <= now)
			connection_start(c);
		break;
	case CONNECTING:
	case PREPARING:
		if (c->deadline <= now)
			connection_fail(c, "db: no answer while connecting");
		break;
	case READY:
		if (oldest != NULL && oldest->deadline <= now)
			connection_fail(c, "db: no answer in time");
	}
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
	pool->refused.end = &pool->refused.first;
	for (size_t lane = 0; lane < LANE_COUNT; lane++) {
		pool->waiting[lane].end = &pool->waiting[lane].first;
		pool->connection_count += settings->connections[lane];
	}
	c = pool->connections = arena_alloc(arena, pool->connection_count * sizeof(*c));
	for (size_t lane = 0; lane < LANE_COUNT; lane++) {
		for (size_t i = 0; i < settings->connections[lane]; i++, c++) {
			c->pool = pool;
			c->lane = (enum lane)lane;
			c->descriptor = -1;
			c->backoff = BACKOFF_MIN_MS;
			c->watch.ready = connection_ready;
			connection_start(c);
		}
	}
	return pool;
}

void
db_pool_ask(struct db_pool *pool, struct db_question *question)
{
	enum lane lane = question->lease != NULL ? LANE_WRITE : question->statement->lane;
	uint64_t now = pool->loop->milliseconds(), timeout = pool->settings.queue_timeout_ms;
	bool held = question->lease != NULL && question->lease->connection != NULL;
	struct queue *queue = &pool->waiting[lane];

	question->deadline = now + timeout;
	question->retried = false;
	question->connection = NULL;
	if ((question->lease != NULL && question->lease->lost) ||
	    (pool->down_since[lane] != 0 && now - pool->down_since[lane] > timeout) ||
	    (!held && queue->length >= pool->settings.queue_limit)) {
		queue_push(&pool->refused, question);
		ask_for_flush(pool);
	} else if (held) {
		question_send(question->lease->connection, question);
	} else {
		queue_push(queue, question);
		serve_queue(pool, lane);
	}
}

void
db_pool_forget(struct db_pool *pool, struct db_question *question)
{
	struct db_connection *c = question->connection;

	if (c != NULL) {
		for (size_t i = c->head; i != c->tail; i++)
			if (flight_at(c, i)->question == question)
				flight_at(c, i)->question = NULL;
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
db_lease_new(struct db_pool *pool, struct arena *arena)
{
	struct db_lease *lease = arena_alloc(arena, sizeof(*lease));

	lease->pool = pool;
	arena_defer(arena, lease_end, lease);
	return lease;
}

void
db_pool_flush(struct db_pool *pool)
{
	struct db_question *question;

	pool->flush_asked = false;
	while ((question = queue_pop(&pool->refused)) != NULL)
		question_end(question, NULL);
	for (size_t i = 0; i < pool->connection_count; i++)
		if (pool->connections[i].state == READY)
			connection_sync(&pool->connections[i]);
}

void
db_pool_tick(struct db_pool *pool)
{
	uint64_t now = pool->loop->milliseconds();

	for (size_t lane = 0; lane < LANE_COUNT; lane++)
		check_lane(pool, (enum lane)lane, now);
	for (size_t i = 0; i < pool->connection_count; i++)
		check_connection(&pool->connections[i], now);
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
