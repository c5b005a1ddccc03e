/* schedules.c: series of meetings as they are written, with the dates that their rules make. */
#include <stdlib.h>
#include <string.h>

#include "api/handlers.h"
#include "api/reply.h"
#include "api/schedules.h"
#include "api/series.h"
#include "api_sql.h"
#include "core/clock.h"
#include "core/planning.h"

#define PREVIEW      30  /* dates that are looked for beyond the horizon: 20, and some holidays */
#define HORIZON_DAYS 560 /* more than horizon() can be away */

static recurrence_date
today(struct arena *arena)
{
	return recurrence_date_of(clock_text(arena, clock_now()));
}

static void
text_free(void *text)
{
	free(text);
}

/*
 * Yesterday is looked at too: somewhere it is still that day. Sessions are counted from the first
 * one, so all of them are asked for.
 */
static void
bind_series(struct request *req, const struct series *s)
{
	recurrence_date since = recurrence_date_after(today(req->arena), -1);
	recurrence_date from = s->sessions > 0 ? s->recurrence.start : since;
	const recurrence_date *dates;
	size_t count = recurrence_dates(req->arena, &s->recurrence, from,
	    recurrence_date_after(since, HORIZON_DAYS), (size_t)s->sessions + PREVIEW, &dates);
	char *text = json_dumps(s->body, JSON_COMPACT);

	arena_defer(req->arena, text_free, text);
	req->body_text = text;
	request_bind(req, "rules", series_rules(req, s));
	request_bind(
	    req, "repeats", recurrence_simple_json(req->arena, s->rules, s->recurrence.rule_count));
	request_bind(req, "sentence", series_sentence(req, s));
	request_bind(req, "dates", recurrence_array(req->arena, dates, count));
	request_bind(req, "since", recurrence_date_text(req->arena, since));
}

/* What is written anew is not over yet. */
static bool
is_to_come(struct request *req, const struct series *s)
{
	const recurrence_date *dates;
	recurrence_date since = recurrence_date_after(today(req->arena), -1);

	if (recurrence_dates(req->arena, &s->recurrence, since, since, 1, &dates) > 0)
		return true;
	faults_add_pointer(req->faults, s->recurrence.until != 0 ? "/until" : "/starts_at_local",
	    "too_small", "must not be over already");
	return false;
}

static enum problem
schedule_write(struct request *req, const struct statement *statement)
{
	struct series series;

	series_read(req, req->body, &series);
	bind_series(req, &series);
	if (req->document == NULL && !is_to_come(req, &series))
		return PROBLEM_INVALID_BODY;
	return reply_row(req, request_query(req, statement));
}

/* What is left of a number of sessions, when the series before took some of them. */
static void
count_down(struct request *req, json_t *body, int taken)
{
	json_t *sessions = json_object_get(body, "sessions");
	json_int_t left = json_integer_value(sessions) - taken;

	if (sessions != NULL && left < 1)
		faults_add_pointer(req->faults, "/sessions", "too_small",
		    "must be more than there are before the split");
	else if (sessions != NULL)
		json_object_set_new(body, "sessions", json_integer(left));
}

static void
json_free(void *json)
{
	json_decref(json);
}

static void
read_old(struct request *req, struct series *ret)
{
	json_t *body = json_loads(rows_text(req->document, 0, "document"), 0, NULL);

	arena_defer(req->arena, json_free, body);
	series_read(req, body, ret);
}

/* The series as it was, with its last day before the split. Returns how many dates it keeps. */
static int
shorten(struct request *req, struct series old, recurrence_date from)
{
	const recurrence_date *dates;
	size_t count;

	old.recurrence.until = recurrence_date_after(from, -1);
	old.sessions = 0;
	request_bind(req, "old_sentence", series_sentence(req, &old));
	count = recurrence_dates(
	    req->arena, &old.recurrence, old.recurrence.start, old.recurrence.until, 0, &dates);
	request_bind(req, "old_dates", recurrence_array(req->arena, dates, count));
	return (int)strtol(
	    rows_text(request_query(req, STATEMENT(SCHEDULE_SESSIONS)), 0, "taken"), NULL, 10);
}

/*
 * Of several rules not all need to begin on the day of the split: every second week might become
 * the other one. Who does not change the rules does not expect other dates.
 */
static void
check_phase(struct request *req, const struct series *old, recurrence_date from)
{
	recurrence_date to = recurrence_date_after(from, HORIZON_DAYS);
	const recurrence_date *before, *after;
	struct recurrence unlimited = old->recurrence;
	struct series new;
	size_t count;

	series_read(req, req->body, &new);
	unlimited.until = new.recurrence.until;
	if (!series_agree(old, &new) || new.recurrence.start != from)
		return;
	count = recurrence_dates(req->arena, &unlimited, from, to, 0, &before);
	if (recurrence_dates(req->arena, &new.recurrence, from, to, 0, &after) == count &&
	    memcmp(before, after, count * sizeof(*before)) == 0)
		return;
	faults_add_pointer(req->faults, "/repeats", "conflict",
	    "must be given anew: its rules do not all begin on the day of the split");
	request_fail(req, PROBLEM_INVALID_BODY);
}

/* This date and all that follow: a series of their own, which begins there if not later. */
static enum problem
split(struct request *req, const char *from)
{
	const char *start = json_string_value(json_object_get(req->body, "starts_at_local"));
	recurrence_date begin = recurrence_date_of(from);
	struct series old;

	read_old(req, &old);
	if (recurrence_date_of(start) < begin)
		json_object_set_new(
		    req->body, "starts_at_local", json_sprintf("%s%s", from, start + strlen(from)));
	check_phase(req, &old, begin);
	count_down(req, req->body, shorten(req, old, begin));
	return schedule_write(req, STATEMENT(SCHEDULE_SPLIT));
}

enum problem
schedule_patch(struct request *req)
{
	const char *from = request_parameter(req, "from");

	if (from != NULL)
		return split(req, from);
	return schedule_write(req, req->operation->statement);
}

void
schedules_plan(struct request *req)
{
	struct rows *due;

	request_bind(req, "most", "100");
	while (rows_count(due = request_query(req, STATEMENT(SCHEDULES_DUE))) > 0) {
		request_bind(req, "plans", planning_json(req->arena, due));
		request_query(req, STATEMENT(SCHEDULES_EXTEND));
	}
}

enum problem
schedule_create(struct request *req)
{
	return schedule_write(req, req->operation->statement);
}

enum problem
meeting_create(struct request *req)
{
	return schedule_write(req, req->operation->statement);
}
