/* smtp.c: letters handed to a mail server, several at once, over connections that stay. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "workers/smtp.h"
#include "workers/smtp_reply.h"
#include "workers/smtp_settings.h"

#define REST_MS_MIN 1000

enum step { FREE, ORDERED, OVER };

/*
 * A connection and the letter on its way over it. Its thread does what blocks, which in SMTP by
 * libcurl is the last answer at least; all else is done by whoever waits for it.
 */
struct sending {
	CURL *curl;
	pthread_t thread;
	bool has_thread;
	pthread_cond_t ordered;
	enum step step;
	bool is_dropped;
	struct delivery *delivery;
	size_t sent; /* bytes of the letter */
	uint64_t since;
	CURLcode done;
	bool lacks_utf8;
	struct smtp_reply reply;
};

static struct {
	pthread_mutex_t lock; /* of every step, is_dropped and is_ending */
	pthread_cond_t over;
	struct sending *sendings;
	size_t count;
	bool is_ending;
	uint64_t rest_until; /* until then the server is left alone */
} server = { .lock = PTHREAD_MUTEX_INITIALIZER, .over = PTHREAD_COND_INITIALIZER };

/* libcurl tells all that is said; nothing of it is kept but commands and codes. */
static int
listen_in(CURL *curl, curl_infotype type, char *bytes, size_t length, void *given)
{
	struct sending *sending = given;
	char line[32];

	(void)curl;
	if (type != CURLINFO_HEADER_IN && type != CURLINFO_HEADER_OUT)
		return 0;
	snprintf(line, sizeof(line), "%.*s", (int)length, bytes);
	if (type == CURLINFO_HEADER_IN)
		smtp_reply_hear(&sending->reply, line);
	else
		smtp_reply_ask(&sending->reply, line);
	return 0;
}

/* What we say ----------------------------------------------------------------------------------*/

static size_t
give(char *room, size_t size, size_t count, void *given)
{
	struct sending *sending = given;
	const struct delivery *delivery = sending->delivery;
	size_t left = delivery->length - sending->sent, length = size * count;

	if (length > left)
		length = left;
	memcpy(room, delivery->bytes + sending->sent, length);
	sending->sent += length;
	return length;
}

/* About once a second. */
static int
ask(void *given, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct sending *sending = given;
	bool is_dropped;

	(void)a, (void)b, (void)c, (void)d;
	pthread_mutex_lock(&server.lock);
	is_dropped = sending->is_dropped;
	pthread_mutex_unlock(&server.lock);
	return is_dropped;
}

static CURLcode
perform(struct sending *sending, bool anew)
{
	sending->sent = 0;
	smtp_reply_begin(&sending->reply);
	curl_easy_setopt(sending->curl, CURLOPT_FRESH_CONNECT, anew ? 1L : 0L);
	return curl_easy_perform(sending->curl);
}

/* Whether the connection has ended since the last letter, or was told so: 421. */
static bool
was_stale(const struct sending *sending, CURLcode done)
{
	const struct smtp_reply *reply = &sending->reply;
	long opened = 1;

	curl_easy_getinfo(sending->curl, CURLINFO_NUM_CONNECTS, &opened);
	return done != CURLE_OK && done != CURLE_OPERATION_TIMEDOUT &&
	    done != CURLE_ABORTED_BY_CALLBACK && opened == 0 && sending->sent == 0 &&
	    (!smtp_reply_is_refusal(reply) || reply->code == 421);
}

static CURLcode
perform_on_any_connection(struct sending *sending)
{
	CURLcode done = perform(sending, false);

	return was_stale(sending, done) ? perform(sending, true) : done;
}

/* An empty exchange, for us to learn what the server offers. */
static CURLcode
greet(struct sending *sending)
{
	CURLcode done;

	curl_easy_setopt(sending->curl, CURLOPT_UPLOAD, 0L);
	curl_easy_setopt(sending->curl, CURLOPT_NOBODY, 1L);
	curl_easy_setopt(sending->curl, CURLOPT_MAIL_RCPT, (struct curl_slist *)NULL);
	curl_easy_setopt(sending->curl, CURLOPT_CUSTOMREQUEST, "NOOP");
	done = perform_on_any_connection(sending);
	curl_easy_setopt(sending->curl, CURLOPT_CUSTOMREQUEST, (char *)NULL);
	return done;
}

static CURLcode
hand_over(struct sending *sending)
{
	const struct delivery *delivery = sending->delivery;
	struct curl_slist *recipients = curl_slist_append(NULL, delivery->recipient.text);
	CURLcode done;

	curl_easy_setopt(sending->curl, CURLOPT_NOBODY, 0L);
	curl_easy_setopt(sending->curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(sending->curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)delivery->length);
	curl_easy_setopt(sending->curl, CURLOPT_MAIL_FROM, delivery->sender);
	curl_easy_setopt(sending->curl, CURLOPT_MAIL_RCPT, recipients);
	done = perform_on_any_connection(sending);
	curl_easy_setopt(sending->curl, CURLOPT_MAIL_RCPT, (struct curl_slist *)NULL);
	curl_slist_free_all(recipients);
	return done;
}

static void
transfer(struct sending *sending)
{
	bool needs_utf8 = sending->delivery->recipient.is_utf8;

	sending->done = needs_utf8 ? greet(sending) : CURLE_OK;
	sending->lacks_utf8 =
	    needs_utf8 && sending->done == CURLE_OK && !sending->reply.offers_utf8;
	if (sending->done == CURLE_OK && !sending->lacks_utf8)
		sending->done = hand_over(sending);
}

/* What becomes of it ---------------------------------------------------------------------------*/

static enum outlet_result
refused(struct arena *arena, const struct sending *sending)
{
	const struct smtp_reply *reply = &sending->reply;
	struct delivery *delivery = sending->delivery;

	delivery->status = smtp_reply_status(arena, reply);
	delivery->error = arena_printf(arena, "the mail server refuses the %s: %s",
	    smtp_reply_is_about_recipient(reply) ? "recipient" : "letter", delivery->status);
	delivery->is_put_off = smtp_reply_is_about_domain(reply);
	if (reply->code < 500)
		return OUTLET_LATER;
	return smtp_reply_says_nobody(reply) ? OUTLET_UNKNOWN : OUTLET_NEVER;
}

static enum outlet_result
troubled(struct arena *arena, const struct sending *sending, CURLcode done)
{
	const struct smtp_reply *reply = &sending->reply;
	uint64_t now = clock_monotonic(), cost = now - sending->since;

	server.rest_until = now + (cost < REST_MS_MIN ? REST_MS_MIN : cost);
	sending->delivery->error = smtp_reply_is_refusal(reply) ?
	    arena_printf(arena, "the mail server refuses %s: %s",
		reply->command[0] == '\0' ? "us" : reply->command,
		smtp_reply_status(arena, reply)) :
	    arena_printf(arena, "the mail server: %s", curl_easy_strerror(done));
	return OUTLET_LATER;
}

static enum outlet_result
outcome(struct arena *arena, const struct sending *sending)
{
	if (sending->lacks_utf8) {
		sending->delivery->error =
		    "the mail server does not take such an address (SMTPUTF8)";
		return OUTLET_NEVER;
	}
	if (sending->done == CURLE_OK)
		return OUTLET_SENT;
	if (smtp_reply_is_about_recipient(&sending->reply) ||
	    smtp_reply_is_about_letter(&sending->reply))
		return refused(arena, sending);
	return troubled(arena, sending, sending->done);
}

/* Several at once ------------------------------------------------------------------------------*/

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
		transfer(sending);
		pthread_mutex_lock(&server.lock);
		sending->step = OVER;
		pthread_cond_signal(&server.over);
	}
	pthread_mutex_unlock(&server.lock);
	return NULL;
}

static bool
has_room(void)
{
	bool is_any;

	pthread_mutex_lock(&server.lock);
	is_any = sending_at(FREE) != NULL;
	pthread_mutex_unlock(&server.lock);
	return is_any;
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
	struct sending *sending = sending_at(FREE);

	(void)arena;
	if (clock_monotonic() < server.rest_until) {
		delivery->error = "the mail server is left alone for a while";
		delivery->result = OUTLET_LATER;
		return;
	}
	sending->delivery = delivery;
	sending->since = clock_monotonic();
	sending->is_dropped = false;
	order(sending);
}

static void
wait_for_some(struct arena *arena, unsigned milliseconds)
{
	struct sending *sending;
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += milliseconds / 1000;
	until.tv_nsec += milliseconds % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	pthread_mutex_lock(&server.lock);
	while (sending_at(ORDERED) != NULL && sending_at(OVER) == NULL)
		if (pthread_cond_clockwait(&server.over, &server.lock, CLOCK_MONOTONIC, &until) !=
		    0)
			break;
	while ((sending = sending_at(OVER)) != NULL) {
		sending->delivery->result = outcome(arena, sending);
		sending->step = FREE;
	}
	pthread_mutex_unlock(&server.lock);
}

/* The letter is not read any more when this is over. */
static void
drop(struct delivery *delivery)
{
	pthread_mutex_lock(&server.lock);
	for (size_t i = 0; i < server.count; i++) {
		struct sending *sending = &server.sendings[i];

		if (sending->delivery != delivery || sending->step == FREE)
			continue;
		sending->is_dropped = true;
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
		curl_easy_cleanup(server.sendings[i].curl);
	}
	curl_global_cleanup();
}

static void
open_sending(struct sending *sending, CURL *curl)
{
	*sending = (struct sending){ .curl = curl };
	pthread_cond_init(&sending->ordered, NULL);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
	curl_easy_setopt(curl, CURLOPT_READDATA, sending);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, ask);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, sending);
	curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, listen_in);
	curl_easy_setopt(curl, CURLOPT_DEBUGDATA, sending);
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
