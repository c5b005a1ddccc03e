/* handlers.h: the operations that need C; all others are a statement of the same name. */
#ifndef API_HANDLERS_H
#define API_HANDLERS_H

#include "api/request.h"

/* The name is the operation's, noun first: listGroups is groups_list. */
#define HANDLERS(X)             \
	X(docs_get)             \
	X(group_meetings_list)  \
	X(groups_list)          \
	X(health_get)           \
	X(import_apply)         \
	X(import_undo)          \
	X(meeting_create)       \
	X(meeting_guide_export) \
	X(meetings_list)        \
	X(openapi30_get)        \
	X(openapi_get)          \
	X(problem_get)          \
	X(readiness_get)        \
	X(root_get)             \
	X(schedule_create)      \
	X(schedule_patch)

#define X(name) handler name;
HANDLERS(X)
#undef X

#endif
