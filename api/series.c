/* series.c: a NewSchedule as far as its rules go: read, checked, and put into words. */
#include <stdlib.h>
#include <string.h>

#include "api/series.h"
#include "api_sql.h"
#include "core/recurrence_words.h"

static const char *
member(const json_t *body, const char *name)
{
	return json_string_value(json_object_get(body, name));
}

static void
read_simple(const json_t *entry, struct recurrence_simple *ret)
{
	const json_t *on = json_object_get(entry, "on"), *months = json_object_get(entry, "months");
	const json_t *every = json_object_get(entry, "every"), *value;
	size_t i;

	*ret = (struct recurrence_simple){
		.unit = member(entry, "unit"),
		.every = every == NULL ? 1 : (int)json_integer_value(every),
	};
	json_array_foreach(on, i, value)
		ret->on[ret->on_count++] = json_string_value(value);
	json_array_foreach(months, i, value)
		ret->months[ret->month_count++] = (int)json_integer_value(value);
}

/* The rules that `repeats` says, in canonical form. */
static size_t
compile_repeats(struct request *req, const json_t *repeats, const char **rules)
{
	struct recurrence_simple simple;
	json_t *entry;
	size_t i, at;

	json_array_foreach(repeats, i, entry) {
		read_simple(entry, &simple);
		rules[i] = recurrence_compile(req->arena, &simple, &at);
		if (strcmp(simple.unit, "year") == 0 && simple.month_count > 0)
			faults_add_pointer(req->faults,
			    arena_printf(req->arena, "/repeats/%zu/months", i), "mismatch",
			    "must not be there by the year");
		if (rules[i] == NULL)
			faults_add_pointer(req->faults,
			    arena_printf(req->arena, "/repeats/%zu/on/%zu", i, at), "mismatch",
			    "must fit the unit, with days of the week and of the month in rules "
			    "of their own");
	}
	return json_array_size(repeats);
}

/* An end that a rule brings along becomes the end of the series; both given must agree. */
static void
set_end(struct request *req, struct series *s, size_t rule, const char *name, json_t *value)
{
	json_t *old = json_object_get(s->body, name);

	if (old != NULL && !json_equal(old, value))
		faults_add_pointer(req->faults, arena_printf(req->arena, "/rrules/%zu", rule),
		    "conflict", "must end as %s says", name);
	json_object_set_new(s->body, name, value);
}

/* The day on which an instant or a local time is, where the series meets. */
static const char *
local_day(struct request *req, const struct series *s, const char *until)
{
	if (strlen(until) == strlen("2026-01-07"))
		return until;
	request_bind(req, "until", until);
	request_bind(req, "starts_at_local", member(s->body, "starts_at_local"));
	request_bind(req, "time_zone", member(s->body, "time_zone"));
	return rows_text(request_query(req, STATEMENT(LOCAL_DAY)), 0, "day");
}

/* The rules as RRULEs. Their ends, which must be the same in all, are taken out of them. */
static size_t
read_rrules(struct request *req, struct series *s, const json_t *rrules, const char **rules)
{
	struct recurrence_parts parts;
	const char *error;
	json_t *rrule;
	size_t i;

	json_array_foreach(rrules, i, rrule) {
		if (!recurrence_read(req->arena, json_string_value(rrule), &parts, &error)) {
			faults_add_pointer(req->faults, arena_printf(req->arena, "/rrules/%zu", i),
			    "rule", "%s", error);
			continue;
		}
		rules[i] = parts.rule;
		if (parts.until != NULL)
			set_end(req, s, i, "until", json_string(local_day(req, s, parts.until)));
		if (parts.count > 0 && json_array_size(rrules) > 1)
			faults_add_pointer(req->faults, arena_printf(req->arena, "/rrules/%zu", i),
			    "conflict",
			    "must not count: several rules are counted together by sessions");
		else if (parts.count > 0)
			set_end(req, s, i, "sessions", json_integer(parts.count));
	}
	return json_array_size(rrules);
}

static bool
rules_agree(const char *const *one, size_t one_count, const char *const *other, size_t other_count)
{
	if (one_count != other_count)
		return false;
	for (size_t i = 0; i < one_count; i++)
		if (one[i] == NULL || other[i] == NULL || strcmp(one[i], other[i]) != 0)
			return false;
	return true;
}

/* Each rule adds dates once. */
static size_t
drop_repeated(const char **rules, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		size_t before = 0;

		while (before < kept && rules[i] != NULL && rules[before] != NULL &&
		    strcmp(rules[before], rules[i]) != 0)
			before++;
		if (before == kept)
			rules[kept++] = rules[i];
	}
	return kept;
}

static void
read_rules(struct request *req, struct series *s)
{
	const json_t *repeats = json_object_get(s->body, "repeats");
	const json_t *rrules = json_object_get(s->body, "rrules");
	const char *written[SERIES_RULES_MAX] = { NULL };
	size_t count = compile_repeats(req, repeats, s->rules), written_count;

	written_count = read_rrules(req, s, rrules, written);
	if (repeats != NULL && rrules != NULL &&
	    !rules_agree(s->rules, count, written, written_count))
		faults_add_pointer(req->faults, "/rrules", "conflict", "must agree with repeats");
	if (repeats == NULL)
		memcpy(s->rules, written, sizeof(written));
	s->recurrence.rules = s->rules;
	s->recurrence.rule_count = drop_repeated(s->rules, repeats == NULL ? written_count : count);
}

static void
read_end(struct request *req, struct series *s)
{
	const char *until = member(s->body, "until");
	json_t *sessions = json_object_get(s->body, "sessions");

	s->sessions = (int)json_integer_value(sessions);
	s->recurrence.until = until == NULL ? 0 : recurrence_date_of(until);
	if (s->recurrence.rule_count == 0 && (until != NULL || sessions != NULL))
		faults_add_pointer(req->faults, until != NULL ? "/until" : "/sessions", "conflict",
		    "must not be there without repeats or rrules");
	if (until != NULL && s->recurrence.until < s->recurrence.start)
		faults_add_pointer(
		    req->faults, "/until", "too_small", "must not be before the start");
}

/* Whether there is any date at all. */
static void
check_matches(struct request *req, const struct series *s)
{
	const recurrence_date *dates;

	if (recurrence_dates(req->arena, &s->recurrence, s->recurrence.start, s->recurrence.start,
		1, &dates) == 0)
		faults_add_pointer(req->faults,
		    json_object_get(s->body, "repeats") != NULL ? "/repeats" : "/rrules", "empty",
		    "must meet at least once within ten years, and before its end");
}

void
series_read(struct request *req, json_t *body, struct series *ret)
{
	*ret = (struct series){ .body = body };
	ret->recurrence.start = recurrence_date_of(member(body, "starts_at_local"));
	read_rules(req, ret);
	read_end(req, ret);
	if (req->faults->count == 0)
		check_matches(req, ret);
	if (req->faults->count > 0)
		request_fail(req, PROBLEM_INVALID_BODY);
}

/* Rules contain no quotation marks. */
const char *
series_rules(struct request *req, const struct series *s)
{
	struct buffer array;

	buffer_init(&array, req->arena, 64);
	for (size_t i = 0; i < s->recurrence.rule_count; i++)
		buffer_printf(&array, "%s\"%s\"", i == 0 ? "{" : ",", s->rules[i]);
	buffer_string(&array, s->recurrence.rule_count == 0 ? "{}" : "}");
	return buffer_text(&array);
}

/* "PT1H30M" in minutes; the contract allows no other form. */
static int
minutes_of(const char *duration)
{
	int minutes = 0;

	for (const char *at = duration + 2; *at != '\0';) {
		char *unit;
		int value = (int)strtol(at, &unit, 10);

		minutes += *unit == 'H' ? value * 60 : value;
		at = unit + 1;
	}
	return minutes;
}

const char *
series_sentence(struct request *req, const struct series *s)
{
	const char *start = member(s->body, "starts_at_local") + strlen("2026-01-07T");
	const char *holidays = member(s->body, "holidays");
	struct recurrence_words words = {
		.series = &s->recurrence,
		.start_minute =
		    (int)strtol(start, NULL, 10) * 60 + (int)strtol(start + 3, NULL, 10),
		.minutes = minutes_of(member(s->body, "duration")),
		.sessions = s->sessions,
		.skips_holidays = holidays != NULL && strcmp(holidays, "skip") == 0,
	};

	return recurrence_sentences(req->arena, &words);
}

bool
series_agree(const struct series *one, const struct series *other)
{
	return rules_agree(
	    one->rules, one->recurrence.rule_count, other->rules, other->recurrence.rule_count);
}
