/* db_connection.h: one pipelined connection of the pool; for core/db_*.c only. */
#ifndef CORE_DB_CONNECTION_H
#define CORE_DB_CONNECTION_H

#include "core/db_pool.h"
#include "core/db_queue.h"
#include "core/db_result.h"

#define FLIGHTS_MAX 512 /* questions and syncs under way on one connection */

enum state { DOWN, CONNECTING, PREPARING, READY, BROKEN };

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

/* What differs between lanes. */
struct db_lane {
	size_t depth;        /* questions under way on a connection; 1: none waits behind another */
	unsigned patience;   /* how many times as long as usual an answer may take */
	bool shares_sync;    /* all that is asked in one turn of the loop */
	const char *options; /* of its sessions */
};

extern const struct db_lane db_lanes[LANE_COUNT];

struct db_lease {
	struct db_pool *pool;
	enum lane lane;
	struct db_connection *connection;
	bool lost;
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

/* Begins to connect; questions are taken once it is READY. */
void db_connection_init(struct db_connection *connection, struct db_pool *pool, enum lane lane);

/* Sends a statement; the question (NULL: nobody asks) lands in db_pool_land when it is answered. */
void db_connection_send(struct db_connection *connection, const struct statement *statement,
    const char *const *values, struct db_question *question);

/* At the end of a turn: ends the batch that was sent in it, so that PostgreSQL answers it. */
void db_connection_flush(struct db_connection *connection);

/* Deadlines and reconnection, now being milliseconds of the loop's clock. */
void db_connection_check(struct db_connection *connection, uint64_t now);

/* Nobody waits for the question any more. */
void db_connection_forget(struct db_connection *connection, const struct db_question *question);

/* Questions and syncs under way; about twice as many as the depth of the lane are too many. */
size_t db_connection_load(const struct db_connection *connection);

/*
 * What a connection tells its pool: a question has its answer (NULL: the connection was lost;
 * either may be NULL), it can take more of its lane, there is something to send at the end of the
 * turn.
 */
void db_pool_land(struct db_pool *pool, struct db_question *question, PGresult *result);
void db_pool_serve(struct db_pool *pool, enum lane lane);
void db_pool_flush_soon(struct db_pool *pool);

#endif
