/* handlers.h: the operations that need C; all others are a statement of the same name. */
#ifndef API_HANDLERS_H
#define API_HANDLERS_H

#include "api/request.h"

/* The name is the operation's, noun first: listGroups is groups_list. */
#define HANDLERS(X)                     \
	X(calendar_search)              \
	X(calendar_show)                \
	X(challenge_create)             \
	X(docs_get)                     \
	X(feed_calendar_get)            \
	X(feed_create)                  \
	X(feed_put)                     \
	X(feed_show)                    \
	X(group_calendar_get)           \
	X(group_calendar_show)          \
	X(group_meetings_list)          \
	X(groups_list)                  \
	X(health_get)                   \
	X(import_apply)                 \
	X(import_undo)                  \
	X(leader_create)                \
	X(meeting_create)               \
	X(meeting_guide_export)         \
	X(meeting_registration_create)  \
	X(meetings_list)                \
	X(message_create)               \
	X(message_get)                  \
	X(openapi30_get)                \
	X(openapi_get)                  \
	X(problem_get)                  \
	X(readiness_get)                \
	X(recovery_create)              \
	X(registration_confirm)         \
	X(registration_data_get)        \
	X(registration_reissue)         \
	X(registration_reject)          \
	X(reply_create)                 \
	X(root_get)                     \
	X(schedule_create)              \
	X(schedule_patch)               \
	X(schedule_registration_create) \
	X(screening_plan)               \
	X(session_create)               \
	X(sign_in_create)

#define X(name) handler name;
HANDLERS(X)
#undef X

#endif
