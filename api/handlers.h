/* handlers.h: the operations that need C; all others are a statement of the same name. */
#ifndef API_HANDLERS_H
#define API_HANDLERS_H

#include "api/request.h"

/* The name is the operation's, noun first: listGroups is groups_list. */
#define HANDLERS(X)      \
	X(docs_get)      \
	X(groups_list)   \
	X(health_get)    \
	X(openapi30_get) \
	X(openapi_get)   \
	X(problem_get)   \
	X(readiness_get) \
	X(root_get)

#define X(name) handler name;
HANDLERS(X)
#undef X

#endif
