/* refusal.h: what it means to the caller when the database refuses a statement. */
#ifndef API_REFUSAL_H
#define API_REFUSAL_H

#include "api/request.h"

/* Ends the request by PostgreSQL's error: a broken constraint has its problem, all else is ours. */
_Noreturn void refusal_by_error(struct request *request, const struct db_error *error);

/*
 * Ends the request by what the statement itself says: a slug, and the place in the body, or NULL.
 */
_Noreturn void refusal_by_row(struct request *request, const char *slug, const char *pointer);

#endif
