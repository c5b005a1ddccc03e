/* db.c: results of libpq, and a connection that waits. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "core/db.h"
#include "core/db_result.h"

struct rows {
	PGresult *result;
	size_t first, count;
};

struct db {
	PGconn *connection;
};

/* The types that are not written as JSON strings (pg_type.dat). */
/* clang-format off */
static const struct {
	Oid oid;
	enum column_type type;
} column_types[] = {
	{ 16,   COLUMN_BARE    }, /* boolean */
	{ 17,   COLUMN_SEALED  }, /* bytea */
	{ 20,   COLUMN_BARE    }, /* bigint */
	{ 21,   COLUMN_BARE    }, /* smallint */
	{ 23,   COLUMN_BARE    }, /* integer */
	{ 114,  COLUMN_JSON    }, /* json */
	{ 700,  COLUMN_BARE    }, /* real */
	{ 701,  COLUMN_BARE    }, /* double precision */
	{ 1184, COLUMN_INSTANT }, /* timestamp with time zone */
	{ 1700, COLUMN_BARE    }, /* numeric */
	{ 3802, COLUMN_JSON    }, /* jsonb */
};
/* clang-format on */

static void
copy_field(char *to, size_t size, const PGresult *result, int code)
{
	const char *field = PQresultErrorField(result, code);

	to[0] = '\0';
	if (field != NULL)
		strncat(to, field, size - 1);
}

static void
result_free(void *result)
{
	PQclear(result);
}

/* Notices may quote values. Sessions behind a pooler have not heard that we want none. */
static void
ignore_notice(void *unused, const PGresult *notice)
{
	(void)unused;
	(void)notice;
}

static void
connection_free(void *connection)
{
	PQfinish(connection);
}

static bool
accept_result(PGresult *result, ExecStatusType wanted, struct db_error *ret_error)
{
	bool accepted = PQresultStatus(result) == wanted;

	if (!accepted)
		db_error_fill(ret_error, result);
	PQclear(result);
	return accepted;
}

struct rows *
rows_take(struct arena *arena, PGresult *result)
{
	struct rows *rows = arena_alloc(arena, sizeof(*rows));

	rows->result = result;
	rows->count = (size_t)PQntuples(result);
	arena_defer(arena, result_free, result);
	return rows;
}

void
db_error_fill(struct db_error *error, const PGresult *result)
{
	copy_field(error->sqlstate, sizeof(error->sqlstate), result, PG_DIAG_SQLSTATE);
	copy_field(error->constraint, sizeof(error->constraint), result, PG_DIAG_CONSTRAINT_NAME);
	copy_field(error->message, sizeof(error->message), result, PG_DIAG_MESSAGE_PRIMARY);
}

size_t
rows_count(const struct rows *rows)
{
	return rows->count;
}

const struct rows *
rows_slice(struct arena *arena, const struct rows *rows, size_t row)
{
	struct rows *slice = arena_alloc(arena, sizeof(*slice));

	*slice = (struct rows){ rows->result, rows->first + row, 1 };
	return slice;
}

size_t
rows_columns(const struct rows *rows)
{
	return (size_t)PQnfields(rows->result);
}

const char *
rows_name(const struct rows *rows, size_t column)
{
	return PQfname(rows->result, (int)column);
}

enum column_type
rows_type(const struct rows *rows, size_t column)
{
	Oid oid = PQftype(rows->result, (int)column);

	for (size_t i = 0; i < sizeof(column_types) / sizeof(column_types[0]); i++)
		if (column_types[i].oid == oid)
			return column_types[i].type;
	return COLUMN_TEXT;
}

const char *
rows_value(const struct rows *rows, size_t row, size_t column, size_t *ret_length)
{
	int number = (int)(rows->first + row);

	if (PQgetisnull(rows->result, number, (int)column))
		return NULL;
	*ret_length = (size_t)PQgetlength(rows->result, number, (int)column);
	return PQgetvalue(rows->result, number, (int)column);
}

/* PQfnumber would copy and fold the name each time. */
size_t
rows_column(const struct rows *rows, const char *name)
{
	size_t count = rows_columns(rows);

	for (size_t i = 0; i < count; i++)
		if (strcmp(rows_name(rows, i), name) == 0)
			return i;
	return count;
}

const char *
rows_text(const struct rows *rows, size_t row, const char *name)
{
	size_t column = rows_column(rows, name), length;

	return column == rows_columns(rows) ? NULL : rows_value(rows, row, column, &length);
}

struct db *
db_open(struct arena *arena, const char *conninfo, const char **ret_error)
{
	const char *const keywords[] = { "dbname", "options", "application_name", NULL };
	const char *const values[] = { conninfo, SESSION_OPTIONS, "runde", NULL };
	PGconn *connection = PQconnectdbParams(keywords, values, 1);
	struct db *db = arena_alloc(arena, sizeof(*db));

	arena_defer(arena, connection_free, connection);
	PQsetNoticeReceiver(connection, ignore_notice, NULL);
	db->connection = connection;
	if (PQstatus(connection) == CONNECTION_OK)
		return db;
	*ret_error = arena_strdup(arena, PQerrorMessage(connection));
	return NULL;
}

bool
db_is_alive(const struct db *db)
{
	return PQstatus(db->connection) == CONNECTION_OK;
}

static struct rows *
take_result(struct arena *arena, PGresult *result, struct db_error *ret_error)
{
	ExecStatusType status = PQresultStatus(result);

	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
		return rows_take(arena, result);
	db_error_fill(ret_error, result);
	PQclear(result);
	return NULL;
}

struct rows *
db_query(struct db *db, struct arena *arena, const struct statement *statement,
    const char *const *values, struct db_error *ret_error)
{
	return take_result(arena,
	    PQexecParams(db->connection, statement->sql, (int)statement->parameter_count, NULL,
		values, NULL, NULL, 0),
	    ret_error);
}

void
db_send(struct db *db, const struct statement *statement, const char *const *values)
{
	PQsendQueryParams(db->connection, statement->sql, (int)statement->parameter_count, NULL,
	    values, NULL, NULL, 0);
}

bool
db_has_answered(struct db *db)
{
	return PQconsumeInput(db->connection) != 1 || PQisBusy(db->connection) == 0;
}

struct rows *
db_receive(struct db *db, struct arena *arena, struct db_error *ret_error)
{
	PGresult *result = PQgetResult(db->connection), *end;

	while ((end = PQgetResult(db->connection)) != NULL)
		PQclear(end);
	return take_result(arena, result, ret_error);
}

int
db_descriptor(const struct db *db)
{
	return PQsocket(db->connection);
}

static bool
take_notifications(struct db *db)
{
	PGnotify *notification;
	bool is_any = false;

	while ((notification = PQnotifies(db->connection)) != NULL) {
		PQfreemem(notification);
		is_any = true;
	}
	return is_any;
}

bool
db_is_notified(struct db *db)
{
	return PQconsumeInput(db->connection) == 1 && take_notifications(db);
}

void
db_wait(struct db *db, int descriptor, unsigned milliseconds)
{
	struct pollfd watched[] = {
		{ .fd = PQsocket(db->connection), .events = POLLIN },
		{ .fd = descriptor, .events = POLLIN },
	};

	if (take_notifications(db))
		return;
	poll(watched, 2, (int)milliseconds);
	if (watched[0].revents != 0 && PQconsumeInput(db->connection) == 1)
		take_notifications(db);
}

bool
db_script(struct db *db, const char *sql, struct db_error *ret_error)
{
	PGresult *result = PQexec(db->connection, sql);
	ExecStatusType status = PQresultStatus(result);

	return accept_result(
	    result, status == PGRES_TUPLES_OK ? PGRES_TUPLES_OK : PGRES_COMMAND_OK, ret_error);
}

bool
db_copy_begin(struct db *db, const char *sql, struct db_error *ret_error)
{
	return accept_result(PQexec(db->connection, sql), PGRES_COPY_IN, ret_error);
}

bool
db_copy_line(struct db *db, const char *line, size_t length)
{
	return PQputCopyData(db->connection, line, (int)length) == 1 &&
	    PQputCopyData(db->connection, "\n", 1) == 1;
}

bool
db_copy_end(struct db *db, struct db_error *ret_error)
{
	if (PQputCopyEnd(db->connection, NULL) != 1)
		return false;
	return accept_result(PQgetResult(db->connection), PGRES_COMMAND_OK, ret_error);
}
