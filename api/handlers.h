/* handlers.h: the operations that need C; all others are a statement of the same name. */
#ifndef API_HANDLERS_H
#define API_HANDLERS_H

#include "api/request.h"

/* The name is the operation's, noun first: listGroups is groups_list. */
#define HANDLERS(X)                     \
	X(authorization_server_get)     \
	X(calendar_search)              \
	X(calendar_show)                \
	X(challenge_create)             \
	X(changes_list)                 \
	X(client_create)                \
	X(client_patch)                 \
	X(client_rotate)                \
	X(confirmation_redeem)          \
	X(confirmation_show)            \
	X(docs_get)                     \
	X(entry_answer)                 \
	X(entry_show)                   \
	X(export_get)                   \
	X(feed_calendar_get)            \
	X(feed_create)                  \
	X(feed_put)                     \
	X(feed_show)                    \
	X(fhir_metadata_get)            \
	X(fhir_service_request_create)  \
	X(group_calendar_get)           \
	X(group_calendar_show)          \
	X(group_meetings_list)          \
	X(groups_list)                  \
	X(health_get)                   \
	X(import_apply)                 \
	X(import_undo)                  \
	X(leader_create)                \
	X(leading_admit)                \
	X(leading_end)                  \
	X(leading_reject)               \
	X(leading_show)                 \
	X(mails_end)                    \
	X(mails_show)                   \
	X(meeting_create)               \
	X(meeting_guide_export)         \
	X(meeting_registration_create)  \
	X(meetings_list)                \
	X(message_create)               \
	X(message_get)                  \
	X(my_accept)                    \
	X(my_calendar_change)           \
	X(my_calendar_create)           \
	X(my_calendar_end)              \
	X(my_cancel)                    \
	X(my_data_get)                  \
	X(my_decline)                   \
	X(my_erase)                     \
	X(my_erasure_show)              \
	X(my_links_renew)               \
	X(my_message_write)             \
	X(my_referral_end)              \
	X(my_show)                      \
	X(my_wishes_change)             \
	X(openapi30_get)                \
	X(openapi_get)                  \
	X(problem_get)                  \
	X(readiness_get)                \
	X(recovery_create)              \
	X(referral_create)              \
	X(referral_show)                \
	X(referred_answer)              \
	X(referred_show)                \
	X(registration_confirm)         \
	X(registration_data_get)        \
	X(registration_reissue)         \
	X(registration_reject)          \
	X(reminders_end)                \
	X(reminders_show)               \
	X(reply_create)                 \
	X(root_get)                     \
	X(schedule_create)              \
	X(schedule_patch)               \
	X(schedule_registration_create) \
	X(screening_plan)               \
	X(session_create)               \
	X(sign_in_ask)                  \
	X(sign_in_create)               \
	X(sign_in_link_follow)          \
	X(sign_in_link_show)            \
	X(sign_in_show)                 \
	X(token_create)                 \
	X(token_introspect)             \
	X(token_revoke)                 \
	X(webhook_create)               \
	X(webhook_patch)                \
	X(webhook_rotate)

#define X(name) handler name;
HANDLERS(X)
#undef X

#endif
