/* request.c: a request's coroutine, its statements, and its transaction. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/bindings.h"
#include "api/coroutine.h"
#include "api/refusal.h"
#include "api/request.h"
#include "api_sql.h"

static const struct statement begin = { "begin", "BEGIN", NULL, 0, LANE_WRITE };
static const struct statement commit = { "commit", "COMMIT", NULL, 0, LANE_WRITE };
static const struct statement rollback = { "rollback", "ROLLBACK", NULL, 0, LANE_WRITE };

void
request_wait(struct request *req, void (*forget)(void *waited_for), void *waited_for)
{
	req->is_waiting = true;
	req->forget = forget;
	req->waited_for = waited_for;
	while (req->is_waiting)
		coroutine_yield();
}

void
request_resume(struct request *req)
{
	req->is_waiting = false;
	if (!coroutine_resume(req->coroutine))
		req->ended(req);
}

static void
question_done(struct db_question *question)
{
	request_resume(question->asker);
}

static void
question_forget(void *waited_for)
{
	struct request *req = waited_for;

	db_pool_forget(req->service->pool, &req->question);
}

static const char *const *
values_of(struct request *req, const struct statement *statement)
{
	const char **values =
	    arena_alloc(req->arena, (statement->parameter_count + 1) * sizeof(*values));

	for (size_t i = 0; i < statement->parameter_count; i++)
		values[i] = binding_value(req, statement->parameters[i]);
	return values;
}

/* Who is asking, for row level security. Nobody has nothing to say. */
static const struct db_preface *
preface_of(struct request *req, const struct statement *statement)
{
	struct db_preface *preface;

	if (!statement->is_personal || req->caller.kind == CALLER_NOBODY)
		return NULL;
	preface = arena_alloc(req->arena, sizeof(*preface));
	preface->statement = STATEMENT(CALLER_TELL);
	preface->values = values_of(req, preface->statement);
	return preface;
}

/* Asks and waits for the answer, whatever it is. */
static enum db_outcome
ask(struct request *req, const struct statement *statement, const char *const *values)
{
	req->question = (struct db_question){
		.statement = statement,
		.preface = preface_of(req, statement),
		.values = values,
		.lease = req->lease,
		.account = req->caller.account,
		.done = question_done,
		.asker = req,
	};
	db_pool_ask(req->service->pool, &req->question);
	request_wait(req, question_forget, req);
	return req->question.outcome;
}

/* Returns when the answer is good. */
static struct rows *
demand(struct request *req, const struct statement *statement, const char *const *values)
{
	switch (ask(req, statement, values)) {
	case DB_OK:
		return db_answer(req->arena, &req->question);
	case DB_UNAVAILABLE:
		request_fail(req, PROBLEM_UNAVAILABLE);
	case DB_FAILED:
		break;
	}
	refusal_by_error(req, &req->question.error);
}

/*
 * What was not committed is undone before the answer goes out: whoever repeats the request must not
 * meet its remains.
 */
static void
roll_back(struct request *req)
{
	if (req->lease == NULL)
		return;
	if (ask(req, &rollback, NULL) == DB_OK)
		db_answer(req->arena, &req->question);
	req->lease = NULL;
}

struct rows *
request_query(struct request *req, const struct statement *statement)
{
	struct rows *rows = demand(req, statement, values_of(req, statement));

	if (rows_count(rows) > 0 && rows_text(rows, 0, "_problem") != NULL)
		refusal_by_rows(req, rows);
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

/* The transaction runs where the operation's own statement would. */
void
request_begin(struct request *req)
{
	const struct statement *statement = req->operation->statement;
	bool is_bulk = statement != NULL && statement->lane == LANE_BULK;

	req->lease = db_lease_new(req->service->pool, req->arena, is_bulk ? LANE_BULK : LANE_WRITE);
	demand(req, &begin, NULL);
}

void
request_commit(struct request *req)
{
	demand(req, &commit, NULL);
	req->lease = NULL;
}

void
request_fail(struct request *req, enum problem problem)
{
	req->problem = problem;
	roll_back(req);
	coroutine_exit();
}

static void
run(void *argument)
{
	struct request *req = argument;

	req->coroutine = coroutine_current();
	req->problem = req->work(req);
	roll_back(req);
}

void
request_start(struct request *req)
{
	if (coroutine_start(run, req) == NULL)
		req->ended(req);
}

void
request_abandon(struct request *req)
{
	if (req->is_waiting)
		req->forget(req->waited_for);
	coroutine_abandon(req->coroutine);
}

void
request_log(const struct request *req, const char *what, const char *detail)
{
	fprintf(stderr, "runde-api: request=%s operation=%s %s: %s\n", req->id,
	    req->operation == NULL ? "-" : req->operation->name, what, detail);
}
