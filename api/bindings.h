/* bindings.h: the values behind the names in statements. */
#ifndef API_BINDINGS_H
#define API_BINDINGS_H

#include "api/request.h"

/*
 * The value that a statement's parameter of this name gets, NULL for null. First what was bound by
 * request_bind, then what every statement may name (the table in bindings.c: now, body, writer, …),
 * then the operation's own parameters. A name that nobody knows is a programming error and ends the
 * process.
 */
const char *binding_value(struct request *request, const char *name);

#endif
