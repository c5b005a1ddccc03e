/* sender.c: deliveries claimed, sent many at once, and settled, by one thread. */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "core/clock.h"
#include "core/uuid.h"
#include "workers/post.h"
#include "workers/sender.h"
#include "workers/signing.h"
#include "workers/slots.h"
#include "workers_sql.h"

#define CHANGES     "1000" /* that a webhook is told of at once */
#define PAUSE_MS    500    /* between two looks, if nobody pokes us */
#define TURN_MS     50     /* the same while something is under way */
#define LOOK_MS     10     /* for who has to be begun */
#define FULL_TURN   128    /* or as soon as so many are over */
#define PATIENCE_MS 1000   /* between two attempts to connect */
#define ENDING_MS   5000   /* how long we wait for answers when we are to end */

static struct {
	pthread_t thread;
	const struct config *config;
	atomic_bool is_ending;
	int wake;
	char id[37]; /* by which leases are ours */
	struct db *db;
	uint64_t fan_out_at; /* before that nobody looks for more, while there is enough */
	bool is_failing;     /* and was named */
} sender;

/* What fails again and again is named once. */
static struct rows *
query(struct arena *arena, enum sql name, const char *const *values)
{
	struct db_error error;
	struct rows *rows = db_query(sender.db, arena, &statements[name], values, &error);

	if (rows == NULL && !sender.is_failing)
		fprintf(stderr, "runde-worker: %s: %s\n", statements[name].name,
		    error.sqlstate[0] == '\0' ? "the connection is lost" : error.sqlstate);
	sender.is_failing = rows == NULL;
	return rows;
}

/* What PostgreSQL is told and asked -------------------------------------------------------------*/

static bool
settle(struct arena *arena)
{
	const char *results = slots_results(arena);

	return results == NULL ||
	    query(arena, SQL_WEBHOOK_DELIVERIES_SETTLE,
		(const char *const[]){ results, clock_text(arena, clock_now()) }) != NULL;
}

static bool
know_keys(void)
{
	bool is_done = signing_refresh(sender.db);

	if (!is_done && !sender.is_failing && db_is_alive(sender.db))
		fprintf(stderr,
		    "runde-worker: the keys of webhooks cannot be had: is the key file "
		    "the right one?\n");
	sender.is_failing |= !is_done;
	return is_done;
}

static bool
fan_out(struct arena *arena)
{
	if (slots_at_hand() > 0 && clock_monotonic() < sender.fan_out_at)
		return true;
	sender.fan_out_at = clock_monotonic() + TURN_MS;
	return query(arena, SQL_WEBHOOKS_FAN_OUT,
		   (const char *const[]){ clock_text(arena, clock_now()), CHANGES }) != NULL;
}

/* Says what is over, tells webhooks what is new, and takes what is to be sent. */
static bool
exchange(struct arena *arena)
{
	struct rows *claimed;

	if (!settle(arena) || !know_keys() || !fan_out(arena))
		return false;
	claimed = query(arena, SQL_WEBHOOK_DELIVERIES_CLAIM,
	    (const char *const[]){ sender.id, slots_busy(arena),
		arena_printf(arena, "%zu", slots_room()), clock_text(arena, clock_now()) });
	if (claimed != NULL)
		slots_take(claimed);
	return claimed != NULL;
}

/* The thread ------------------------------------------------------------------------------------*/

/* Goes on with what is at hand, until there is enough to say about it. */
static void
proceed(uint64_t until)
{
	do {
		slots_begin();
		post_wait(LOOK_MS);
		slots_finish();
	} while (clock_monotonic() < until && slots_over() < FULL_TURN && slots_under_way() > 0);
}

static bool
exchange_once(void)
{
	struct arena *arena = arena_new();
	bool is_done = exchange(arena);

	arena_free(arena);
	return is_done;
}

static void
work(void)
{
	while (!atomic_load(&sender.is_ending) && db_is_alive(sender.db)) {
		bool is_done = exchange_once();

		if (is_done && slots_at_hand() > 0)
			proceed(clock_monotonic() + TURN_MS);
		else
			db_wait(sender.db, sender.wake, PAUSE_MS);
	}
}

static void
end(void)
{
	uint64_t until = clock_monotonic() + ENDING_MS;
	struct arena *arena = arena_new();

	for (; slots_under_way() > 0 && clock_monotonic() < until; slots_finish())
		post_wait(LOOK_MS);
	if (db_is_alive(sender.db) && settle(arena))
		query(arena, SQL_WEBHOOKS_RELEASE, (const char *const[]){ sender.id });
	arena_free(arena);
}

static void
connect_and_work(void)
{
	struct arena *arena = arena_new();
	const char *error;

	sender.db = db_open(arena, sender.config->database, &error);
	if (sender.db != NULL) {
		query(arena, SQL_SENDER_BEGIN, NULL);
		query(arena, SQL_JOBS_LISTEN, NULL);
		work();
		end();
	}
	slots_drop();
	arena_free(arena);
}

static void *
run(void *unused)
{
	struct pollfd ending = { .fd = sender.wake, .events = POLLIN };

	(void)unused;
	while (!atomic_load(&sender.is_ending)) {
		connect_and_work();
		poll(&ending, 1, PATIENCE_MS);
	}
	return NULL;
}

void
sender_start(const struct config *config)
{
	struct arena *arena = arena_new();

	sender.config = config;
	snprintf(sender.id, sizeof(sender.id), "%s", uuid_new(arena));
	arena_free(arena);
	sender.wake = eventfd(0, EFD_CLOEXEC);
	if (sender.wake < 0 || pthread_create(&sender.thread, NULL, run, NULL) != 0)
		abort();
}

void
sender_stop(void)
{
	atomic_store(&sender.is_ending, true);
	eventfd_write(sender.wake, 1);
	pthread_join(sender.thread, NULL);
}
