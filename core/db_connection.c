/* db_connection.c: one connection to PostgreSQL in pipeline mode, from connecting to failing. */
#include <libpq-fe.h>
#include <stdio.h>

#include "core/db_connection.h"

#define CONNECT_LIMIT_MS 5000 /* from the first byte until every statement is prepared */
#define BACKOFF_MIN_MS   50
#define BACKOFF_MAX_MS   500

static struct flight *
flight_at(struct db_connection *c, size_t counter)
{
	return &c->flights[counter % FLIGHTS_MAX];
}

size_t
db_connection_load(const struct db_connection *c)
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
	for (size_t lost = db_connection_load(c); lost > 0; lost--) {
		struct flight flight = flight_take(c);

		PQclear(flight.result); /* without its Sync nothing is known to be committed */
		if (!flight.is_sync)
			db_pool_land(c->pool, flight.question, NULL);
	}
}

/*
 * Whoever asks is still in the middle of it and must not be told yet: it fails at the end of the
 * turn.
 */
static void
connection_break(struct db_connection *c)
{
	c->state = BROKEN;
	db_pool_flush_soon(c->pool);
}

static void
flight_add(struct db_connection *c, struct db_question *question, bool is_sync)
{
	*flight_at(c, c->tail++) = (struct flight){ .question = question, .is_sync = is_sync };
	if (question != NULL)
		question->connection = c;
}

static void
send_sync(struct db_connection *c)
{
	int unsent;

	if (c->unsynced == 0)
		return;
	c->unsynced = 0;
	flight_add(c, NULL, true);
	if (PQpipelineSync(c->pg) != 1 || (unsent = PQflush(c->pg)) < 0)
		connection_break(c);
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
send_statement(struct db_connection *c, const struct statement *statement,
    const char *const *values, struct db_question *question)
{
	int count = (int)statement->parameter_count, sent;

	flight_add(c, question, false);
	c->unsynced++;
	sent = is_prepared(c->pool, statement) ?
	    PQsendQueryPrepared(c->pg, statement->name, count, values, NULL, NULL, 0) :
	    PQsendQueryParams(c->pg, statement->sql, count, NULL, values, NULL, NULL, 0);
	if (sent != 1)
		connection_break(c);
}

/* What a preface says ends with the transaction: so it gets one that nobody shares. */
void
db_connection_send(struct db_connection *c, const struct statement *statement,
    const char *const *values, struct db_question *question)
{
	const struct db_preface *preface = question == NULL ? NULL : question->preface;

	if (preface != NULL) {
		send_sync(c);
		send_statement(c, preface->statement, preface->values, NULL);
	}
	send_statement(c, statement, values, question);
	if (db_lanes[c->lane].shares_sync && preface == NULL)
		db_pool_flush_soon(c->pool);
	else
		send_sync(c);
}

void
db_connection_flush(struct db_connection *c)
{
	if (c->state == READY)
		send_sync(c);
	if (c->state == BROKEN)
		connection_fail(c, "db: sending failed");
}

/* Lands everything up to the first Sync, which has been answered. */
static void
land_batch(struct db_connection *c)
{
	while (db_connection_load(c) > 0) {
		struct flight flight = flight_take(c);

		if (flight.is_sync)
			return;
		db_pool_land(c->pool, flight.question, flight.result);
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

/*
 * The results of a query end with NULL. NULL for one that has none yet means that none will come:
 * the connection has ended in the middle.
 */
static bool
take_next(struct db_connection *c)
{
	PGresult *result = PQgetResult(c->pg);

	if (result != NULL)
		take_result(c, result);
	else if (flight_at(c, c->answered)->result != NULL)
		c->answered++;
	else
		return false;
	return true;
}

static void
read_answers(struct db_connection *c)
{
	bool goes_on = PQconsumeInput(c->pg) == 1;

	while (goes_on && c->state == READY && db_connection_load(c) > 0 && !PQisBusy(c->pg))
		goes_on = take_next(c);
	if (c->state == READY && (!goes_on || PQstatus(c->pg) != CONNECTION_OK))
		connection_fail(c, "db: connection lost");
	db_pool_serve(c->pool, c->lane);
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
	while (PQstatus(c->pg) == CONNECTION_OK && !PQisBusy(c->pg)) {
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
			db_pool_serve(c->pool, c->lane);
			return;
		}
	}
	if (PQstatus(c->pg) != CONNECTION_OK)
		connection_fail(c, "db: connection lost while preparing");
}

/* The write lane prepares everything, for a transaction may look things up too. */
static void
connection_prepare(struct db_connection *c)
{
	const struct db_pool_settings *settings = &c->pool->settings;
	bool sent = PQsetnonblocking(c->pg, 1) == 0 && PQenterPipelineMode(c->pg) == 1;

	for (size_t i = 0; sent && i < settings->statement_count; i++) {
		const struct statement *s = &settings->statements[i];

		if (c->lane == LANE_WRITE || c->lane == LANE_BULK || s->lane == c->lane ||
		    s->lane == LANE_ALL)
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
	if (c->state != DOWN && c->state != BROKEN && writable) {
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
	char options[512];
	const char *const values[] = { settings->conninfo, options, "runde-api", NULL };

	snprintf(options, sizeof(options), "%s -c role=%s -c statement_timeout=%u",
	    db_lanes[c->lane].options, settings->role,
	    settings->statement_timeout_ms * db_lanes[c->lane].patience);
	c->state = CONNECTING;
	c->deadline = c->pool->loop->milliseconds() + CONNECT_LIMIT_MS;
	c->pg = PQconnectStartParams(keywords, values, 1);
	if (PQstatus(c->pg) == CONNECTION_BAD)
		connection_fail(c, "db: cannot connect");
	else
		watch(c, true);
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

void
db_connection_check(struct db_connection *c, uint64_t now)
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
	case BROKEN:
		break;
	case READY:
		if (oldest != NULL && oldest->deadline <= now)
			connection_fail(c, "db: no answer in time");
	}
}

void
db_connection_forget(struct db_connection *c, const struct db_question *question)
{
	for (size_t i = c->head; i != c->tail; i++)
		if (flight_at(c, i)->question == question)
			flight_at(c, i)->question = NULL;
}

void
db_connection_init(struct db_connection *c, struct db_pool *pool, enum lane lane)
{
	c->pool = pool;
	c->lane = lane;
	c->descriptor = -1;
	c->backoff = BACKOFF_MIN_MS;
	c->watch.ready = connection_ready;
	connection_start(c);
}
