/* db.h: PostgreSQL by libpq: results, and a connection that waits (db_pool.h does not). */
#ifndef CORE_DB_H
#define CORE_DB_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "core/statement.h"

/* What became of a statement. */
enum db_outcome {
	DB_OK,
	DB_FAILED,      /* PostgreSQL refused it: sqlstate and constraint say why */
	DB_UNAVAILABLE, /* no connection, lost connection, no answer in time, or too many waiting */
};

struct db_error {
	char sqlstate[6];
	char constraint[64];
	/* The primary message. Never the detail: it quotes the row, and rows name people. */
	char message[200];
};

enum column_type { COLUMN_TEXT, COLUMN_BARE, COLUMN_INSTANT, COLUMN_JSON, COLUMN_SEALED };

/* A result. Row and column numbers begin at 0. */
struct rows;

size_t rows_count(const struct rows *rows);
size_t rows_columns(const struct rows *rows);
const char *rows_name(const struct rows *rows, size_t column);

/*
 * How the values of a column are written in JSON; INSTANT is a timestamp with time zone in UTC,
 * SEALED a bytea.
 */
enum column_type rows_type(const struct rows *rows, size_t column);

/* The value as text, NUL-terminated, owned by the result; NULL if it is null. */
const char *rows_value(const struct rows *rows, size_t row, size_t column, size_t *ret_length);

/* The number of the named column; rows_columns(rows) if there is none. */
size_t rows_column(const struct rows *rows, const char *name);

/* The value of the named column; NULL if it is null or there is no such column. */
const char *rows_text(const struct rows *rows, size_t row, const char *name);

/* One row of it, as a result that lives as long. */
const struct rows *rows_slice(struct arena *arena, const struct rows *rows, size_t row);

/* A connection that waits for its answers: for tools and workers. */
struct db;

/*
 * Connects and makes the session ours: UTC, no notices. The connection is closed with the arena.
 * NULL on failure, with a sentence in *ret_error.
 */
struct db *db_open(struct arena *arena, const char *conninfo, const char **ret_error);

/* False once the connection is lost: whoever goes on opens another. */
bool db_is_alive(const struct db *db);

/*
 * Runs one statement with a value for each of its parameters (NULL is null). The rows live in the
 * arena given. NULL on failure; ret_error is filled in then. Nothing is prepared, for between us
 * and PostgreSQL may be a pooler (PgBouncer in transaction mode).
 */
struct rows *db_query(struct db *db, struct arena *arena, const struct statement *statement,
    const char *const *values, struct db_error *ret_error);

/*
 * The same without waiting, one statement at a time: db_send sends it, db_receive takes what came
 * of it, once db_has_answered. Nothing else may be asked until then.
 */
void db_send(struct db *db, const struct statement *statement, const char *const *values);
bool db_has_answered(struct db *db);
struct rows *db_receive(struct db *db, struct arena *arena, struct db_error *ret_error);

/* What can be read from as soon as there is an answer, or a notification. */
int db_descriptor(const struct db *db);

/* Whether another session has notified us since somebody asked that last. */
bool db_is_notified(struct db *db);

/*
 * Waits until another session notifies us of something that we listen for (one notification may
 * stand for many), until the other descriptor (-1: none) can be read from, until the connection is
 * lost, or so long. Returns at once if a notification came while we were asking for something else.
 */
void db_wait(struct db *db, int descriptor, unsigned milliseconds);

/* Runs a script of several statements, in one transaction if it names none. */
bool db_script(struct db *db, const char *sql, struct db_error *ret_error);

/* COPY … FROM STDIN: begin, any number of lines, end. */
bool db_copy_begin(struct db *db, const char *sql, struct db_error *ret_error);
bool db_copy_line(struct db *db, const char *line, size_t length);
bool db_copy_end(struct db *db, struct db_error *ret_error);

#endif
