/* refusal.h: what it means to the caller when the database refuses a statement. */
#ifndef API_REFUSAL_H
#define API_REFUSAL_H

#include "api/request.h"

/* Ends the request by PostgreSQL's error: a broken constraint has its problem, all else is ours. */
_Noreturn void refusal_by_error(struct request *request, const struct db_error *error);

/*
 * Ends the request by what the statement itself says: in the first row a slug (_problem), and in
 * each what is wrong, by its place in the body (_pointer) or the name of a parameter (_parameter),
 * with a sentence about it (_detail). Any of the three may be null or no column at all. Or by what
 * one row says.
 */
_Noreturn void refusal_by_row(struct request *request, const struct rows *rows, size_t row);
_Noreturn void refusal_by_rows(struct request *request, const struct rows *rows);

#endif
