/* gather.c: while a statement is under way, those who come next gather behind it. */
#include <stdlib.h>
#include <string.h>

#include "api/bindings.h"
#include "api/gather.h"
#include "api/refusal.h"

/* Somebody who asks: of no arena, as both the request and the gathering may go before the other. */
struct member {
	struct request *request;   /* NULL: gone */
	const struct batch *batch; /* that it was asked with; NULL until then */
	size_t row;
	char element[];
};

/* One statement under way, with an arena of its own: the requests in it may go at any time. */
struct batch {
	struct arena *arena;
	struct gathering *gathering;
	struct db_question question;
	struct rows *rows; /* NULL: it failed */
	size_t count;
	struct member *members[GATHER_MAX];
};

/* All that ask for the same. It is there as long as a batch is. */
struct gathering {
	struct gathering *next;
	struct arena *arena;
	const struct statement *statement;
	const char *key;
	size_t waiting_count, waiting_size;
	struct member **waiting; /* malloc */
};

static struct gathering *gatherings;

static struct gathering *
gathering_find(const char *key)
{
	struct gathering *g = gatherings;

	while (g != NULL && strcmp(g->key, key) != 0)
		g = g->next;
	return g;
}

static struct gathering *
gathering_new(const struct statement *statement, const char *key)
{
	struct arena *arena = arena_new();
	struct gathering *g = arena_alloc(arena, sizeof(*g));

	g->arena = arena;
	g->statement = statement;
	g->key = arena_strdup(arena, key);
	g->next = gatherings;
	gatherings = g;
	return g;
}

static void
gathering_free(struct gathering *g)
{
	struct gathering **at = &gatherings;

	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	free(g->waiting);
	arena_free(g->arena);
}

static struct member *
member_new(struct request *req, const char *element)
{
	size_t size = strlen(element) + 1;
	struct member *member = malloc(sizeof(*member) + size);

	if (member == NULL)
		abort();
	*member = (struct member){ .request = req };
	memcpy(member->element, element, size);
	return member;
}

static void
join(struct gathering *g, struct member *member)
{
	if (g->waiting_count == g->waiting_size) {
		g->waiting_size = g->waiting_size * 2 + 16;
		g->waiting = reallocarray(g->waiting, g->waiting_size, sizeof(*g->waiting));
		if (g->waiting == NULL)
			abort();
	}
	g->waiting[g->waiting_count++] = member;
}

/* Takes the first of those who wait and are still there. */
static void
board(struct batch *batch)
{
	struct gathering *g = batch->gathering;
	size_t taken = 0;

	while (taken < g->waiting_count && batch->count < GATHER_MAX) {
		struct member *member = g->waiting[taken++];

		if (member->request == NULL) {
			free(member);
			continue;
		}
		member->batch = batch;
		member->row = batch->count;
		batch->members[batch->count++] = member;
	}
	g->waiting_count -= taken;
	memmove(g->waiting, g->waiting + taken, g->waiting_count * sizeof(struct member *));
}

static const char *
elements(const struct batch *batch)
{
	struct buffer all;

	buffer_init(&all, batch->arena, 1024 * batch->count);
	for (size_t i = 0; i < batch->count; i++)
		buffer_printf(&all, "%s%s", i == 0 ? "[" : ",", batch->members[i]->element);
	buffer_string(&all, "]");
	return buffer_text(&all);
}

static void batch_start(struct gathering *g);

/* Those who are resumed may end, and others may join behind them meanwhile. */
static void
batch_done(struct db_question *question)
{
	struct batch *batch = question->asker;
	struct gathering *g = batch->gathering;

	if (question->outcome == DB_OK)
		batch->rows = db_answer(batch->arena, question);
	for (size_t i = 0; i < batch->count; i++) {
		if (batch->members[i]->request != NULL)
			request_resume(batch->members[i]->request);
		free(batch->members[i]);
	}
	arena_free(batch->arena);
	batch_start(g);
}

/* The values are the batch's own: whoever they came from may be gone before they are used. */
static const char *const *
values_of(struct batch *batch)
{
	const struct statement *statement = batch->gathering->statement;
	struct request *first = batch->members[0]->request;
	const char **values =
	    arena_alloc(batch->arena, statement->parameter_count * sizeof(*values));

	request_bind(first, "requests", elements(batch));
	for (size_t i = 0; i < statement->parameter_count; i++) {
		const char *value = binding_value(first, statement->parameters[i]);

		values[i] = value == NULL ? NULL : arena_strdup(batch->arena, value);
	}
	return values;
}

static void
batch_start(struct gathering *g)
{
	struct arena *arena = arena_new();
	struct batch *batch = arena_alloc(arena, sizeof(*batch));

	batch->arena = arena;
	batch->gathering = g;
	board(batch);
	if (batch->count == 0) {
		arena_free(arena);
		gathering_free(g);
		return;
	}
	batch->question = (struct db_question){
		.statement = g->statement,
		.values = values_of(batch),
		.account = batch->members[0]->request->caller.account,
		.done = batch_done,
		.asker = batch,
	};
	db_pool_ask(batch->members[0]->request->service->pool, &batch->question);
}

static void
member_forget(void *waited_for)
{
	struct member *member = waited_for;

	member->request = NULL;
}

static struct rows *
ask_alone(
    struct request *req, const struct statement *statement, const char *element, size_t *ret_row)
{
	request_bind(req, "requests", arena_printf(req->arena, "[%s]", element));
	*ret_row = 0;
	return request_query(req, statement);
}

struct rows *
gather_query(struct request *req, const struct statement *statement, const char *key,
    const char *element, size_t *ret_row)
{
	struct gathering *g = gathering_find(key);
	bool is_first = g == NULL;
	const struct batch *batch;
	struct member *member;

	if (req->lease != NULL)
		return ask_alone(req, statement, element, ret_row);
	if (is_first)
		g = gathering_new(statement, key);
	member = member_new(req, element);
	join(g, member);
	if (is_first)
		batch_start(g);
	request_wait(req, member_forget, member);
	*ret_row = member->row;
	batch = member->batch;
	if (batch->rows != NULL)
		return batch->rows;
	if (batch->question.outcome == DB_UNAVAILABLE)
		request_fail(req, PROBLEM_UNAVAILABLE);
	return ask_alone(req, statement, element, ret_row);
}
