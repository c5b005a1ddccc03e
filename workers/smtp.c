/* smtp.c: letters handed to a mail server, several at once, over connections that stay. */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "core/clock.h"
#include "workers/smtp.h"
#include "workers/smtp_letter.h"
#include "workers/smtp_settings.h"

#define REST_MS_MIN 1000
#define BILLION     1000000000L

enum step { FREE, ORDERED, OVER };

/*
 * A connection with a thread of its own for what blocks: in SMTP libcurl waits for the last answer,
 * whatever else there is to do.
 */
struct sending {
	struct smtp_letter letter; /* while ordered, it is the thread's */
	struct delivery *delivery;
	uint64_t since;
	pthread_t thread;
	bool has_thread;
	pthread_cond_t ordered;
	enum step step;
};

static struct {
	pthread_mutex_t lock; /* of every step, and of is_ending */
	pthread_cond_t over;
	struct sending *sendings;
	size_t count;
	bool is_ending;
	uint64_t rest_until; /* until then the server is left alone */
} server = { .lock = PTHREAD_MUTEX_INITIALIZER, .over = PTHREAD_COND_INITIALIZER };

static struct sending *
sending_at(enum step step)
{
	for (size_t i = 0; i < server.count; i++)
		if (server.sendings[i].step == step)
			return &server.sendings[i];
	return NULL;
}

static void *
serve(void *given)
{
	struct sending *sending = given;

	pthread_mutex_lock(&server.lock);
	while (!server.is_ending) {
		if (sending->step != ORDERED) {
			pthread_cond_wait(&sending->ordered, &server.lock);
			continue;
		}
		pthread_mutex_unlock(&server.lock);
		smtp_letter_transfer(&sending->letter);
		pthread_mutex_lock(&server.lock);
		sending->step = OVER;
		pthread_cond_signal(&server.over);
	}
	pthread_mutex_unlock(&server.lock);
	return NULL;
}

static struct sending *
free_sending(void)
{
	struct sending *sending;

	pthread_mutex_lock(&server.lock);
	sending = sending_at(FREE);
	pthread_mutex_unlock(&server.lock);
	return sending;
}

static bool
has_room(void)
{
	return free_sending() != NULL;
}

static void
order(struct sending *sending)
{
	if (!sending->has_thread)
		sending->has_thread = pthread_create(&sending->thread, NULL, serve, sending) == 0;
	if (!sending->has_thread)
		abort();
	pthread_mutex_lock(&server.lock);
	sending->step = ORDERED;
	pthread_cond_signal(&sending->ordered);
	pthread_mutex_unlock(&server.lock);
}

static void
begin(struct arena *arena, struct delivery *delivery)
{
	struct sending *sending = free_sending();

	(void)arena;
	if (clock_monotonic() < server.rest_until) {
		delivery->error = "the mail server is left alone for a while";
		delivery->result = OUTLET_LATER;
		return;
	}
	sending->delivery = delivery;
	sending->letter.delivery = delivery;
	sending->since = clock_monotonic();
	atomic_store(&sending->letter.is_dropped, false);
	order(sending);
}

static struct timespec
moment_in(unsigned milliseconds)
{
	struct timespec moment;

	clock_gettime(CLOCK_MONOTONIC, &moment);
	moment.tv_nsec += (long)milliseconds * 1000000L;
	moment.tv_sec += moment.tv_nsec / BILLION;
	moment.tv_nsec %= BILLION;
	return moment;
}

static void
take(struct arena *arena, struct sending *sending)
{
	uint64_t now = clock_monotonic(), cost = now - sending->since;
	bool is_trouble;

	sending->delivery->result =
	    smtp_letter_outcome(arena, &sending->letter, sending->delivery, &is_trouble);
	if (is_trouble)
		server.rest_until = now + (cost < REST_MS_MIN ? REST_MS_MIN : cost);
	sending->step = FREE;
}

static void
wait_for_some(struct arena *arena, unsigned milliseconds)
{
	struct timespec until = moment_in(milliseconds);
	struct sending *sending;
	int late = 0;

	pthread_mutex_lock(&server.lock);
	while (late == 0 && sending_at(ORDERED) != NULL && sending_at(OVER) == NULL)
		late = pthread_cond_clockwait(&server.over, &server.lock, CLOCK_MONOTONIC, &until);
	while ((sending = sending_at(OVER)) != NULL)
		take(arena, sending);
	pthread_mutex_unlock(&server.lock);
}

/* The letter is not read any more when this is over. */
static void
drop(const struct delivery *delivery)
{
	pthread_mutex_lock(&server.lock);
	for (size_t i = 0; i < server.count; i++) {
		struct sending *sending = &server.sendings[i];

		if (sending->delivery != delivery || sending->step == FREE)
			continue;
		atomic_store(&sending->letter.is_dropped, true);
		while (sending->step != OVER)
			pthread_cond_wait(&server.over, &server.lock);
		sending->step = FREE;
	}
	pthread_mutex_unlock(&server.lock);
}

/* Opened ---------------------------------------------------------------------------------------*/

static void
close_server(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&server.lock);
	server.is_ending = true;
	for (size_t i = 0; i < server.count; i++)
		pthread_cond_signal(&server.sendings[i].ordered);
	pthread_mutex_unlock(&server.lock);
	for (size_t i = 0; i < server.count; i++) {
		if (server.sendings[i].has_thread)
			pthread_join(server.sendings[i].thread, NULL);
		curl_easy_cleanup(server.sendings[i].letter.curl);
	}
	curl_global_cleanup();
}

static void
open_sending(struct sending *sending, CURL *curl)
{
	pthread_cond_init(&sending->ordered, NULL);
	smtp_letter_init(&sending->letter, curl);
}

static const char *
smtp_open(struct arena *arena, const struct config *config)
{
	const char *error;
	CURL *first;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (first = curl_easy_init()) == NULL)
		return "libcurl cannot be used";
	error = smtp_settings_take(arena, config, first);
	server.sendings = arena_alloc(arena, config->smtp_connections * sizeof(*server.sendings));
	while (server.count < config->smtp_connections) {
		open_sending(&server.sendings[server.count],
		    server.count == 0 ? first : curl_easy_duphandle(first));
		server.count++;
	}
	arena_defer(arena, close_server, NULL);
	return error;
}

const struct outlet smtp_outlet = { smtp_open, has_room, begin, wait_for_some, drop };
