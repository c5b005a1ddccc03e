/* db_pool.h: a few pipelined connections to PostgreSQL under an event loop; nothing here waits. */
#ifndef CORE_DB_POOL_H
#define CORE_DB_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/db.h"

struct db_pool;
struct db_lease;

/* A descriptor that the pool wants to hear of. The loop keeps its own state behind it. */
struct db_watch {
	void (*ready)(struct db_watch *watch, bool readable, bool writable);
	void *loop_state;
};

/* What the pool needs of the event loop. */
struct db_loop {
	/* Watches a descriptor for reading, and for writing if asked, until told otherwise. */
	void (*watch)(struct db_watch *watch, int descriptor, bool writing);
	/* Forgets it; called before the descriptor is closed. */
	void (*unwatch)(struct db_watch *watch, int descriptor);
	/* Calls db_pool_flush(pool) once, at the end of this turn of the loop. */
	void (*flush_later)(struct db_pool *pool);
	/* Milliseconds of a clock that never goes back. */
	uint64_t (*milliseconds)(void);
	/* Tells the operator; no personal data reaches it. */
	void (*log)(const char *message);
};

struct db_pool_settings {
	const char *conninfo;
	const char *role; /* whom sessions act as, whoever logs in */
	const struct statement *statements;
	size_t statement_count;
	size_t connections[LANE_COUNT]; /* in each lane; those of writes also hold the leases */
	size_t queue_limit;        /* questions in one lane; of more, whoever has most is refused */
	unsigned queue_timeout_ms; /* how long a question waits for a connection */
	unsigned statement_timeout_ms; /* told to PostgreSQL; longer for bulk */
	unsigned answer_timeout_ms;    /* how long we wait for the answer, longer than the former */
};

/* A statement whose answer nobody waits for. */
struct db_preface {
	const struct statement *statement;
	const char *const *values;
};

/*
 * One question. The asker owns it and its values until done is called or the question is forgotten.
 */
struct db_question {
	const struct statement *statement;
	const char *const *values; /* one for each parameter; NULL is null */
	/* Told first, in the same transaction, which is nobody else's then; or NULL. */
	const struct db_preface *preface;
	struct db_lease *lease; /* NULL: any connection of the statement's lane */
	uint64_t account;       /* who asks: all of them get their turns */
	void (*done)(struct db_question *question);
	void *asker;

	/* The answer, valid in done. */
	enum db_outcome outcome;
	struct db_error error;
	void *result; /* for db_answer */

	/* The pool's own. */
	struct db_question *next;
	struct db_connection *connection;
	uint64_t turn;
	uint64_t deadline; /* of what it is waiting for just now */
	uint64_t last;     /* when the asker must know, come what may */
	bool retried;
};

/* A pool whose connections are being made. It lives as long as the process. */
struct db_pool *db_pool_new(
    struct arena *arena, const struct db_loop *loop, const struct db_pool_settings *settings);

/*
 * Asks. done is called once, later, never from within this call. Look-ups of the read lane that
 * lose their connection are asked once more; writes never.
 */
void db_pool_ask(struct db_pool *pool, struct db_question *question);

/* Drops a question whose done has not been called: it will not be. What is under way is drained. */
void db_pool_forget(struct db_pool *pool, struct db_question *question);

/* The rows of an answered question, handed over to the arena. NULL unless its outcome is DB_OK. */
struct rows *db_answer(struct arena *arena, struct db_question *question);

/*
 * A connection of the write or the bulk lane for oneself, for a transaction of several statements.
 * The lease is in the arena and ends with it: what was not committed is rolled back.
 */
struct db_lease *db_lease_new(struct db_pool *pool, struct arena *arena, enum lane lane);

/* What was asked in this turn of the loop goes out together. */
void db_pool_flush(struct db_pool *pool);

/* Several times a second: deadlines and reconnections. */
void db_pool_tick(struct db_pool *pool);

/* True while every lane has a connection that answers. */
bool db_pool_is_ready(const struct db_pool *pool);

#endif
