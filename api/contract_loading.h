/* contract_loading.h: what the parts of the contract's reader share; for api/contract*.c only. */
#ifndef API_CONTRACT_LOADING_H
#define API_CONTRACT_LOADING_H

#include <jansson.h>

#include "api/contract.h"

struct loading {
	struct arena *arena;
	const json_t *document;
	const struct named_handler *handlers;
	const char *error; /* the first one */
};

/* Remembers what is wrong, if it is the first thing. */
void loading_complain(struct loading *loading, const char *what, const char *where);

/* One operation of a path; item is the path's description, member the method's. */
struct operation *loading_operation(struct loading *loading, const char *path, const char *method,
    const json_t *item, const json_t *member);

#endif
