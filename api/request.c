/* request.c: a request's coroutine, its statements, and its transaction. */
#include <stdlib.h>
#include <string.h>

#include "api/coroutine.h"
#include "api/reply.h"
#include "api/request.h"
#include "api/serve.h"
#include "api_sql.h"

/* What a broken constraint of the database means to the caller. */
/* clang-format off */
static const struct {
	const char *constraint;
	enum problem problem;
	const char *pointer;
	const char *detail;
} constraints[] = {
	{ "group_slug",                      PROBLEM_DUPLICATE,    NULL,               NULL                                },
	{ "topic_slug",                      PROBLEM_DUPLICATE,    NULL,               NULL                                },
	{ "client_name",                     PROBLEM_DUPLICATE,    NULL,               NULL                                },
	{ "group_ages",                      PROBLEM_INVALID_BODY, "/age/to",          "must not be less than from"        },
	{ "group_organisation",              PROBLEM_INVALID_BODY, "/organisation_id", "must be the id of an organisation" },
	{ "group_supporter",                 PROBLEM_INVALID_BODY, "/supported_by_id", "must be the id of an organisation" },
	{ "organisation_parent",             PROBLEM_INVALID_BODY, "/parent_id",       "must be the id of an organisation" },
	{ "organisation_not_its_own_parent", PROBLEM_INVALID_BODY, "/parent_id",       "must be another organisation"      },
	{ "topic_parent",                    PROBLEM_INVALID_BODY, "/parent_id",       "must be the id of a topic"         },
	{ "topic_not_its_own_parent",        PROBLEM_INVALID_BODY, "/parent_id",       "must be another topic"             },
};
/* clang-format on */

/* Scopes that make a caller a partner, who sees what is meant for partners. */
#define PARTNER_SCOPES \
	(SCOPE_BIT(SCOPE_GROUPS_READ) | SCOPE_BIT(SCOPE_GROUPS_WRITE) | SCOPE_BIT(SCOPE_ADMIN))

static const struct statement begin = { "begin", "BEGIN", NULL, 0, LANE_WRITE };
static const struct statement commit = { "commit", "COMMIT", NULL, 0, LANE_WRITE };

static void
question_done(struct db_question *question)
{
	struct request *req = question->asker;

	req->is_waiting = false;
	if (!coroutine_resume(req->coroutine))
		req->finished(req);
}

/*
 * PostgreSQL could not take a value that the contract let through. The message is not logged: it
 * quotes the value.
 */
static _Noreturn void
fail_by_value(struct request *req, const struct db_error *error)
{
	serve_log(req, "a value that the contract should have refused", error->sqlstate);
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
	serve_log(req, req->question.statement->name, error->sqlstate);
	request_fail(req, PROBLEM_INTERNAL);
}

static _Noreturn void
fail_by_error(struct request *req, const struct db_error *error)
{
	static const char data_exception[] = "22"; /* the SQLSTATE class */

	if (strncmp(error->sqlstate, data_exception, 2) == 0)
		fail_by_value(req, error);
	fail_by_constraint(req, error);
}

/* The statement itself says what is wrong, and at which place of the body. */
static _Noreturn void
fail_by_row(struct request *req, const char *slug, const char *pointer)
{
	if (pointer != NULL) {
		req->faults = faults_new(req->arena);
		faults_add_pointer(
		    req->faults, pointer, "unknown", "must refer to something that fits here");
	}
	request_fail(req, problem_by_slug(slug));
}

/* Asks and waits; returns when the answer is good. */
static struct rows *
ask(struct request *req, const struct statement *statement, const char *const *values)
{
	req->question = (struct db_question){
		.statement = statement,
		.values = values,
		.lease = req->lease,
		.done = question_done,
		.asker = req,
	};
	req->is_waiting = true;
	db_pool_ask(req->service->pool, &req->question);
	while (req->is_waiting)
		coroutine_yield();
	switch (req->question.outcome) {
	case DB_OK:
		return db_answer(req->arena, &req->question);
	case DB_UNAVAILABLE:
		request_fail(req, PROBLEM_UNAVAILABLE);
	case DB_FAILED:
		break;
	}
	fail_by_error(req, &req->question.error);
}

static const char *
body_text(struct request *req)
{
	return req->body_text;
}

static const char *
now_text(struct request *req)
{
	char *text = arena_alloc(req->arena, CLOCK_TEXT_SIZE);

	clock_text(clock_now(), text);
	return text;
}

static const char *
writer_text(struct request *req)
{
	return req->caller.client_id == NULL ?
	    arena_printf(req->arena, "{\"request_id\":\"%s\"}", req->id) :
	    arena_printf(req->arena, "{\"client_id\":\"%s\",\"request_id\":\"%s\"}",
		req->caller.client_id, req->id);
}

static const char *
language_text(struct request *req)
{
	req->reply.language = req->language;
	return req->language;
}

static const char *
caller_text(struct request *req)
{
	return req->caller.client_id;
}

static const char *
organisations_text(struct request *req)
{
	return req->caller.organisations;
}

static const char *
admin_text(struct request *req)
{
	return req->caller.scopes & SCOPE_BIT(SCOPE_ADMIN) ? "true" : "false";
}

static const char *
partner_text(struct request *req)
{
	return req->caller.scopes & PARTNER_SCOPES ? "true" : "false";
}

static const char *
if_match_text(struct request *req)
{
	return req->if_match;
}

/* What every statement may name. */
/* clang-format off */
static const struct {
	const char *name;
	const char *(*text)(struct request *req);
} standing[] = {
	{ "body",          body_text          },
	{ "caller",        caller_text        },
	{ "if_match",      if_match_text      },
	{ "is_admin",      admin_text         },
	{ "is_partner",    partner_text       },
	{ "language",      language_text      },
	{ "now",           now_text           },
	{ "organisations", organisations_text },
	{ "writer",        writer_text        },
};
/* clang-format on */

static const char *
value_of(struct request *req, const char *name)
{
	const struct operation *op = req->operation;

	for (size_t i = req->binding_count; i > 0; i--)
		if (strcmp(req->bindings[i - 1].name, name) == 0)
			return req->bindings[i - 1].value;
	for (size_t i = 0; i < sizeof(standing) / sizeof(standing[0]); i++)
		if (strcmp(standing[i].name, name) == 0)
			return standing[i].text(req);
	for (size_t i = 0; op != NULL && i < op->parameter_count; i++)
		if (strcmp(op->parameters[i].name, name) == 0)
			return req->values[i];
	serve_log(req, "no value for a parameter", name);
	abort();
}

struct rows *
request_query(struct request *req, const struct statement *statement)
{
	const char **values =
	    arena_alloc(req->arena, (statement->parameter_count + 1) * sizeof(*values));
	const char *slug;
	struct rows *rows;

	for (size_t i = 0; i < statement->parameter_count; i++)
		values[i] = value_of(req, statement->parameters[i]);
	rows = ask(req, statement, values);
	slug = rows_count(rows) == 0 ? NULL : rows_text(rows, 0, "_problem");
	if (slug != NULL)
		fail_by_row(req, slug, rows_text(rows, 0, "_pointer"));
	return rows;
}

void
request_bind(struct request *req, const char *name, const char *value)
{
	for (size_t i = 0; i < req->binding_count; i++) {
		if (strcmp(req->bindings[i].name, name) == 0) {
			req->bindings[i].value = value;
			return;
		}
	}
	if (req->binding_count == BINDINGS_MAX)
		abort();
	req->bindings[req->binding_count].name = name;
	req->bindings[req->binding_count++].value = value;
}

const char *
request_parameter(const struct request *req, const char *name)
{
	for (size_t i = 0; i < req->operation->parameter_count; i++)
		if (strcmp(req->operation->parameters[i].name, name) == 0)
			return req->values[i];
	return NULL;
}

void
request_begin(struct request *req)
{
	req->lease = db_lease_new(req->service->pool, req->arena);
	ask(req, &begin, NULL);
}

void
request_commit(struct request *req)
{
	ask(req, &commit, NULL);
}

static void
run(void *argument)
{
	struct request *req = argument;
	enum problem problem;

	req->coroutine = coroutine_current();
	problem = serve(req);
	if (problem != PROBLEM_NONE)
		reply_problem(req, problem);
	reply_finish(req);
}

void
request_fail(struct request *req, enum problem problem)
{
	reply_problem(req, problem);
	reply_finish(req);
	coroutine_exit();
}

void
request_start(struct request *req)
{
	if (coroutine_start(run, req) == NULL)
		req->finished(req);
}

void
request_abandon(struct request *req)
{
	if (req->is_waiting)
		db_pool_forget(req->service->pool, &req->question);
	coroutine_abandon(req->coroutine);
}
