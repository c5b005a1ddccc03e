/* db_result.h: what the two ways to PostgreSQL share; for core/db*.c only. */
#ifndef CORE_DB_RESULT_H
#define CORE_DB_RESULT_H

#include <libpq-fe.h>

#include "core/db.h"

/*
 * Every session of ours: instants in UTC, no just-in-time compiler for statements of a millisecond.
 */
/* clang-format off */
#define SESSION_OPTIONS "-c timezone=UTC -c datestyle=ISO -c client_min_messages=warning -c jit=off -c max_parallel_workers_per_gather=0"
/* clang-format on */

/* Takes over a result; it is cleared with the arena. */
struct rows *rows_take(struct arena *arena, PGresult *result);

void db_error_fill(struct db_error *error, const PGresult *result);

#endif
