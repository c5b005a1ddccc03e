/* poke.c: a notification beside all transactions; inside of one it would hold up all others. */
#include "api/poke.h"
#include "api_sql.h"
#include "core/clock.h"

static struct {
	struct db_question question;
	struct arena *arena; /* of the question under way, or NULL */
	uint64_t last;       /* when it was asked */
	bool is_wanted;
} state;

static void
on_done(struct db_question *question)
{
	db_answer(state.arena, question);
	arena_free(state.arena);
	state.arena = NULL;
}

void
poke(struct db_pool *pool)
{
	state.is_wanted = true;
	poke_again(pool);
}

void
poke_again(void *pool)
{
	if (!state.is_wanted || state.arena != NULL || clock_monotonic() - state.last < POKE_MS)
		return;
	state.is_wanted = false;
	state.last = clock_monotonic();
	state.arena = arena_new();
	state.question = (struct db_question){
		.statement = &statements[SQL_JOBS_POKE],
		.done = on_done,
	};
	db_pool_ask(pool, &state.question);
}
