/* refusal.c: what it means to the caller when the database refuses a statement. */
#include <string.h>

#include "api/refusal.h"

/* What a broken constraint of the database means to the caller. */
/* clang-format off */
static const struct {
	const char *constraint;
	enum problem problem;
	const char *pointer;
	const char *detail;
} constraints[] = {
	{ "group_slug",                      PROBLEM_DUPLICATE,    NULL,               NULL                                              },
	{ "topic_slug",                      PROBLEM_DUPLICATE,    NULL,               NULL                                              },
	{ "client_name",                     PROBLEM_DUPLICATE,    NULL,               NULL                                              },
	{ "client_method",                   PROBLEM_INVALID_BODY, "/token_endpoint_auth_method", "must be the one that the key, certificate or name beside it is for" },
	{ "client_secret",                   PROBLEM_INVALID_BODY, "/token_endpoint_auth_method", "must not be by a shared secret for an insurer" },
	{ "clients_organisation_id_fkey",    PROBLEM_INVALID_BODY, "/organisation_id", "must be the id of an organisation"               },
	{ "group_ages",                      PROBLEM_INVALID_BODY, "/age/to",          "must not be less than from"                      },
	{ "group_topics",                    PROBLEM_INVALID_BODY, "/topic_ids",       "must be ids of topics"                           },
	{ "organisation_in_use",             PROBLEM_CONFLICT,     NULL,               NULL                                              },
	{ "topic_in_use",                    PROBLEM_CONFLICT,     NULL,               NULL                                              },
	{ "group_organisation",              PROBLEM_INVALID_BODY, "/organisation_id", "must be the id of an organisation"               },
	{ "group_supporter",                 PROBLEM_INVALID_BODY, "/supported_by_id", "must be the id of an organisation"               },
	{ "organisation_parent",             PROBLEM_INVALID_BODY, "/parent_id",       "must be an organisation not below"               },
	{ "organisation_not_its_own_parent", PROBLEM_INVALID_BODY, "/parent_id",       "must be another organisation"                    },
	{ "schedule_venue",                  PROBLEM_INVALID_BODY, "/venue_id",        "must be the id of a venue"                       },
	{ "schedule_gap",                    PROBLEM_INVALID_BODY, "/starts_at_local", "must be a time that clocks there show"           },
	{ "schedule_over",                   PROBLEM_INVALID_BODY, "/starts_at_local", "must not be over already"                        },
	{ "schedule_region",                 PROBLEM_INVALID_BODY, "/holiday_region",  "must be a region whose holidays are known"       },
	{ "schedule_places",                 PROBLEM_INVALID_BODY, "/newcomer_places", "must not be more than capacity"                  },
	{ "schedule_end",                    PROBLEM_INVALID_BODY, "/until",           "must not be before the start"                    },
	{ "exception_venue",                 PROBLEM_INVALID_BODY, "/venue_id",        "must be the id of a venue"                       },
	{ "exception_gap",                   PROBLEM_INVALID_BODY, "/starts_at_local", "must be a time that clocks there show"           },
	{ "exception_past",                  PROBLEM_INVALID_BODY, "/starts_at_local", "must be in the future"                           },
	{ "venue_in_use",                    PROBLEM_CONFLICT,     NULL,               NULL                                              },
	{ "venue_organisation",              PROBLEM_INVALID_BODY, "/organisation_id", "must be the id of an organisation"               },
	{ "venue_region",                    PROBLEM_INVALID_BODY, "/address/region",  "must be a part of the country"                   },
	{ "closure_venue",                   PROBLEM_INVALID_BODY, "/venue_id",        "must be the id of a venue"                       },
	{ "closure_region",                  PROBLEM_INVALID_BODY, "/region",          "must be a region that is known"                  },
	{ "closure_organisation",            PROBLEM_INVALID_BODY, "/organisation_id", "must be the id of an organisation"               },
	{ "closure_of_one",                  PROBLEM_INVALID_BODY, "/region",          "must be there if venue_id is not, and only then" },
	{ "closure_order",                   PROBLEM_INVALID_BODY, "/to",              "must not be before from"                         },
	{ "schedule_capacity",               PROBLEM_INVALID_BODY, "/capacity",        "must not be less than the places taken"          },
	{ "place_capacity",                  PROBLEM_UNAVAILABLE,  NULL,               NULL                                              },
	{ "place_held_once",                 PROBLEM_UNAVAILABLE,  NULL,               NULL                                              },
	{ "persons_wrapping_key_fkey",       PROBLEM_UNAVAILABLE,  NULL,               NULL                                              },
	{ "registration_full",               PROBLEM_FULL,         NULL,               NULL                                              },
	{ "topic_parent",                    PROBLEM_INVALID_BODY, "/parent_id",       "must be a topic that is not below"               },
	{ "topic_not_its_own_parent",        PROBLEM_INVALID_BODY, "/parent_id",       "must be another topic"                           },
};
/* clang-format on */

/*
 * PostgreSQL could not take a value that the contract let through. The message is not logged: it
 * quotes the value.
 */
static _Noreturn void
fail_by_value(struct request *req, const struct db_error *error)
{
	request_log(req, "a value that the contract should have refused", error->sqlstate);
	req->detail = "A value is not one that can be stored.";
	request_fail(req, req->body == NULL ? PROBLEM_INVALID_PARAMETER : PROBLEM_INVALID_BODY);
}

static _Noreturn void
fail_by_constraint(struct request *req, const struct db_error *error)
{
	for (size_t i = 0; i < sizeof(constraints) / sizeof(constraints[0]); i++) {
		if (strcmp(constraints[i].constraint, error->constraint) != 0)
			continue;
		if (constraints[i].pointer != NULL) {
			req->faults = faults_new(req->arena);
			faults_add_pointer(req->faults, constraints[i].pointer, "unknown", "%s",
			    constraints[i].detail);
		}
		request_fail(req, constraints[i].problem);
	}
	request_log(req, req->question.statement->name, error->sqlstate);
	request_fail(req, PROBLEM_INTERNAL);
}

void
refusal_by_error(struct request *req, const struct db_error *error)
{
	static const char data_exception[] = "22"; /* the SQLSTATE class */

	if (strncmp(error->sqlstate, data_exception, 2) == 0)
		fail_by_value(req, error);
	fail_by_constraint(req, error);
}

/* What a row says is wrong at one place, if it names one. */
static void
add_fault(struct request *req, const struct rows *rows, size_t row)
{
	const char *pointer = rows_text(rows, row, "_pointer");
	const char *parameter = rows_text(rows, row, "_parameter");
	const char *detail = rows_text(rows, row, "_detail");
	const char *otherwise = "must refer to something that fits here";

	if (pointer != NULL)
		faults_add_pointer(
		    req->faults, pointer, "unknown", "%s", detail == NULL ? otherwise : detail);
	if (parameter != NULL)
		faults_add_parameter(
		    req->faults, parameter, "unknown", "%s", detail == NULL ? otherwise : detail);
	if (pointer == NULL && parameter == NULL && detail != NULL)
		req->detail = arena_strdup(req->arena, detail);
}

void
refusal_by_row(struct request *req, const struct rows *rows, size_t row)
{
	req->faults = faults_new(req->arena);
	add_fault(req, rows, row);
	request_fail(req, problem_by_slug(rows_text(rows, row, "_problem")));
}

void
refusal_by_rows(struct request *req, const struct rows *rows)
{
	req->faults = faults_new(req->arena);
	for (size_t row = 0; row < rows_count(rows); row++)
		add_fault(req, rows, row);
	request_fail(req, problem_by_slug(rows_text(rows, 0, "_problem")));
}
