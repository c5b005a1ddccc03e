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
#define FULL_TURN   256    /* or as soon as so many are over */
#define PATIENCE_MS 1000   /* between two attempts to connect */
#define ENDING_MS   5000   /* how long we wait for answers when we are to end */

static struct {
	pthread_t thread;
	const struct config *config;
	atomic_bool is_ending;
	int wake;
	char id[37]; /* by which leases are ours */
	struct db *db;
	bool is_asking;      /* PostgreSQL, which has not answered yet */
	uint64_t ask_at;     /* again at the latest */
	uint64_t fan_out_at; /* before that nobody looks for more, while there is enough */
	bool is_failing;     /* and was named */
} sender;

/* What fails again and again is named once. */
static void
tell_of_failure(enum sql name, bool is_failing, const struct db_error *error)
{
	if (is_failing && !sender.is_failing)
		fprintf(stderr, "runde-worker: %s: %s\n", statements[name].name,
		    error->sqlstate[0] == '\0' ? "the connection is lost" : error->sqlstate);
	sender.is_failing = is_failing;
}

static struct rows *
query(struct arena *arena, enum sql name, const char *const *values)
{
	struct db_error error;
	struct rows *rows = db_query(sender.db, arena, &statements[name], values, &error);

	tell_of_failure(name, rows == NULL, &error);
	return rows;
}

/* What PostgreSQL is told and asked -------------------------------------------------------------*/

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

/* Whether webhooks are to be told of more; not all the time, while there is enough. */
static bool
is_to_fan_out(void)
{
	if (slots_at_hand() > 0 && clock_monotonic() < sender.fan_out_at)
		return false;
	sender.fan_out_at = clock_monotonic() + TURN_MS;
	return true;
}

/* Says what is over, has webhooks told what is new, and asks for what is to be sent. */
static void
ask(void)
{
	struct arena *arena = arena_new();
	const char *changes = is_to_fan_out() ? CHANGES : NULL, *results = slots_results(arena);

	db_send(sender.db, &statements[SQL_WEBHOOKS_EXCHANGE],
	    (const char *const[]){ sender.id, results, changes, slots_held(arena),
		slots_busy(arena), arena_printf(arena, "%zu", slots_room()),
		clock_text(arena, clock_now()) });
	sender.is_asking = true;
	arena_free(arena);
}

static struct rows *
take_answer(struct arena *arena)
{
	struct db_error error;
	struct rows *rows = db_receive(sender.db, arena, &error);

	sender.is_asking = false;
	tell_of_failure(SQL_WEBHOOKS_EXCHANGE, rows == NULL, &error);
	return rows;
}

/* The thread ------------------------------------------------------------------------------------*/

static void
go_on_with_answer(void)
{
	struct arena *arena = arena_new();
	struct rows *claimed = take_answer(arena);

	if (claimed != NULL)
		slots_take(claimed);
	slots_begin();
	sender.ask_at =
	    clock_monotonic() + (claimed != NULL && slots_at_hand() > 0 ? TURN_MS : PAUSE_MS);
	arena_free(arena);
}

/* Whether there is a reason to talk to PostgreSQL again. */
static bool
is_to_ask(void)
{
	return clock_monotonic() >= sender.ask_at || slots_over() >= FULL_TURN ||
	    (slots_over() > 0 && slots_under_way() == 0) || db_is_notified(sender.db);
}

static void
ask_or_be_answered(void)
{
	if (sender.is_asking && db_has_answered(sender.db))
		go_on_with_answer();
	if (sender.is_asking || !is_to_ask())
		return;
	if (know_keys())
		ask();
	else
		sender.ask_at = clock_monotonic() + PAUSE_MS;
}

/* Until receivers or PostgreSQL answer, it pokes us, or we are told to end. */
static void
proceed(unsigned milliseconds)
{
	struct curl_waitfd watched[] = {
		{ .fd = db_descriptor(sender.db), .events = CURL_WAIT_POLLIN },
		{ .fd = sender.wake, .events = CURL_WAIT_POLLIN },
	};

	post_wait(watched, 2, milliseconds);
	slots_finish();
	slots_begin();
}

static void
work(void)
{
	sender.ask_at = 0;
	while (!atomic_load(&sender.is_ending) && db_is_alive(sender.db)) {
		ask_or_be_answered();
		proceed(slots_at_hand() > 0 ? TURN_MS : PAUSE_MS);
	}
}

/* What was claimed and not begun is left to others. */
static void
end(void)
{
	uint64_t until = clock_monotonic() + ENDING_MS;
	struct arena *arena = arena_new();
	const char *results;

	if (sender.is_asking)
		take_answer(arena);
	for (; slots_under_way() > 0 && clock_monotonic() < until; slots_finish())
		post_wait(NULL, 0, TURN_MS);
	if (db_is_alive(sender.db) &&
	    ((results = slots_results(arena)) == NULL ||
		query(arena, SQL_WEBHOOK_DELIVERIES_SETTLE,
		    (const char *const[]){ results, clock_text(arena, clock_now()) }) != NULL))
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
