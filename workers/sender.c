/* sender.c: deliveries claimed, sent many at once, and settled, by one thread. */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "core/buffer.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/uuid.h"
#include "workers/endpoints.h"
#include "workers/post.h"
#include "workers/sender.h"
#include "workers/signing.h"
#include "workers_sql.h"

#define SLOTS       ENDPOINTS_MAX /* deliveries at hand */
#define CHANGES     "1000"        /* that a webhook is told of at once */
#define PAUSE_MS    500           /* between two looks, if nobody pokes us */
#define TURN_MS     50            /* the same while something is under way */
#define LOOK_MS     10            /* for who has to be begun */
#define FULL_TURN   128           /* or as soon as so many are over */
#define FRESH_MS    1000 /* what was claimed longer ago is left, for its webhook may be no more */
#define SOON_MS     1000 /* an answer within that is a fast one */
#define QUIET_MS    2000 /* an endpoint with nothing to do is forgotten after that */
#define GONE        410
#define PATIENCE_MS 1000 /* between two attempts to connect */
#define ENDING_MS   5000 /* how long we wait for answers when we are to end */

enum step { FREE, CLAIMED, UNDER_WAY };

/* One delivery at hand. */
struct slot {
	struct arena *arena;
	struct endpoint *endpoint;
	const char *id;
	uint64_t since; /* it was claimed, or begun */
	enum step step;
	struct post post;
};

static struct {
	pthread_t thread;
	const struct config *config;
	atomic_bool is_ending;
	int wake;
	char id[37]; /* by which leases are ours */
	struct db *db;
	struct slot slots[SLOTS];
	size_t at_hand;
	size_t under_way;
	uint64_t
	    fan_out_at;  /* while there is something to send, it is not always looked for more */
	bool is_failing; /* and was named */
} sender;

static const char *
now_text(struct arena *arena)
{
	char *text = arena_alloc(arena, CLOCK_TEXT_SIZE);

	clock_text(clock_now(), text);
	return text;
}

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

/* Slots -----------------------------------------------------------------------------------------*/

static void
empty(struct slot *slot)
{
	post_drop(&slot->post);
	slot->endpoint->at_hand--;
	slot->endpoint->used_at = clock_monotonic();
	slot->endpoint->under_way -= slot->step == UNDER_WAY;
	sender.at_hand--;
	sender.under_way -= slot->step == UNDER_WAY;
	arena_free(slot->arena);
	slot->step = FREE;
}

static void
empty_all(void)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (sender.slots[i].step != FREE)
			empty(&sender.slots[i]);
}

static void
fill(struct slot *slot, struct endpoint *endpoint, const struct rows *rows, size_t row)
{
	struct arena *arena = arena_new();

	*slot = (struct slot){
		.arena = arena,
		.endpoint = endpoint,
		.id = arena_strdup(arena, rows_text(rows, row, "id")),
		.since = clock_monotonic(),
		.step = CLAIMED,
		.post = { .arena = arena,
		    .url = arena_strdup(arena, endpoint->url),
		    .body = arena_strdup(arena, rows_text(rows, row, "body")) },
	};
	endpoint->at_hand++;
	sender.at_hand++;
}

static void
begin(struct slot *slot)
{
	signing_sign(&slot->post, slot->endpoint, slot->id);
	post_begin(&slot->post);
	slot->step = UNDER_WAY;
	slot->since = clock_monotonic();
	slot->endpoint->under_way++;
	sender.under_way++;
}

/* What nobody has begun for so long may not be so any more: it is claimed again. */
static void
begin_some(void)
{
	for (size_t i = 0; i < SLOTS && sender.under_way < sender.at_hand; i++) {
		struct slot *slot = &sender.slots[i];

		if (slot->step != CLAIMED)
			continue;
		if (clock_monotonic() - slot->since > FRESH_MS)
			empty(slot);
		else if (slot->endpoint->under_way < ENDPOINT_LANES)
			begin(slot);
	}
}

/* What PostgreSQL is told and asked -------------------------------------------------------------*/

static void
put_result(struct buffer *json, const struct slot *slot)
{
	const struct post *post = &slot->post;

	buffer_printf(json, "%s{\"id\":\"%s\"", json->length == 0 ? "[" : ",", slot->id);
	if (post->code != 0)
		buffer_printf(json, ",\"code\":%ld", post->code);
	if (post->wait != 0)
		buffer_printf(json, ",\"wait\":%ld", post->wait);
	if (post->error != NULL) {
		buffer_string(json, ",\"error\":");
		json_write_string(json, post->error, strlen(post->error));
	}
	buffer_string(json, "}");
}

/* Who is gone, or asks for time, gets nothing more of what is at hand. */
static void
leave_alone(const struct endpoint *endpoint)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (sender.slots[i].step == CLAIMED && sender.slots[i].endpoint == endpoint)
			empty(&sender.slots[i]);
}

static void
note(struct buffer *json, struct slot *slot)
{
	struct endpoint *endpoint = slot->endpoint;
	const struct post *post = &slot->post;

	endpoint->is_fast = post->code != 0 && clock_monotonic() - slot->since < SOON_MS;
	put_result(json, slot);
	if (post->code == GONE || post->wait != 0)
		leave_alone(endpoint);
	empty(slot);
}

static bool
settle(struct arena *arena)
{
	struct buffer json;

	buffer_init(&json, arena, 4096);
	for (size_t i = 0; i < SLOTS && sender.under_way > 0; i++) {
		struct slot *slot = &sender.slots[i];

		if (slot->step == UNDER_WAY && slot->post.is_over)
			note(&json, slot);
	}
	if (json.length == 0)
		return true;
	buffer_string(&json, "]");
	return query(arena, SQL_WEBHOOK_DELIVERIES_SETTLE,
		   (const char *const[]){ buffer_text(&json), now_text(arena) }) != NULL;
}

static void
put_endpoint(struct buffer *json, const struct endpoint *endpoint)
{
	const char *separator = "";

	buffer_printf(json, "%s{\"webhook\":\"%s\",\"room\":%zu,\"held\":[",
	    json->length == 0 ? "[" : ",", endpoint->id, endpoint_room(endpoint));
	for (size_t i = 0; i < SLOTS; i++) {
		const struct slot *slot = &sender.slots[i];

		if (slot->step == FREE || slot->endpoint != endpoint)
			continue;
		buffer_printf(json, "%s\"%s\"", separator, slot->id);
		separator = ",";
	}
	buffer_string(json, "]}");
}

static const char *
busy_json(struct arena *arena)
{
	size_t count = endpoints_tidy(QUIET_MS);
	struct buffer json;

	buffer_init(&json, arena, 64 * sender.at_hand + 128 * count + 3);
	for (size_t i = 0; i < count; i++)
		put_endpoint(&json, endpoint_at(i));
	buffer_string(&json, count == 0 ? "[]" : "]");
	return buffer_text(&json);
}

static void
take(const struct rows *rows)
{
	size_t next = 0;

	for (size_t row = 0; row < rows_count(rows); row++) {
		struct endpoint *endpoint = endpoint_of_row(rows, row);

		if (endpoint == NULL)
			continue; /* with another key file nothing else opens either */
		while (sender.slots[next].step != FREE)
			next++;
		fill(&sender.slots[next], endpoint, rows, row);
	}
}

static bool
know_keys(void)
{
	bool is_done = signing_refresh(sender.db);

	if (!is_done && !sender.is_failing && db_is_alive(sender.db))
		fprintf(stderr,
		    "runde-worker: the keys of webhooks cannot be had: is the key file "
		    "the right one?\n");
	sender.is_failing = !is_done;
	return is_done;
}

static bool
fan_out(struct arena *arena)
{
	if (sender.at_hand > 0 && clock_monotonic() < sender.fan_out_at)
		return true;
	sender.fan_out_at = clock_monotonic() + TURN_MS;
	return query(arena, SQL_WEBHOOKS_FAN_OUT,
		   (const char *const[]){ now_text(arena), CHANGES }) != NULL;
}

/* Says what is over, tells webhooks what is new, and takes what is to be sent. */
static bool
exchange(struct arena *arena)
{
	struct rows *claimed;

	if (!settle(arena) || !know_keys() || !fan_out(arena))
		return false;
	claimed = query(arena, SQL_WEBHOOK_DELIVERIES_CLAIM,
	    (const char *const[]){ sender.id, busy_json(arena),
		arena_printf(arena, "%zu", (size_t)SLOTS - sender.at_hand), now_text(arena) });
	if (claimed != NULL)
		take(claimed);
	return claimed != NULL;
}

/* The thread ------------------------------------------------------------------------------------*/

static size_t
count_over(void)
{
	size_t count = 0;

	for (size_t i = 0; i < SLOTS && sender.under_way > 0; i++)
		count += sender.slots[i].step == UNDER_WAY && sender.slots[i].post.is_over;
	return count;
}

/* Goes on with what is under way, until there is something to say about it. */
static void
proceed(uint64_t until)
{
	do {
		begin_some();
		post_wait(LOOK_MS);
	} while (clock_monotonic() < until && count_over() < FULL_TURN &&
	    count_over() < sender.under_way);
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

		if (is_done && sender.at_hand > 0)
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

	while (count_over() < sender.under_way && clock_monotonic() < until)
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
	empty_all();
	endpoints_tidy(0);
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
