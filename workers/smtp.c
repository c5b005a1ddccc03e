/* smtp.c: letters handed to a mail server over one connection that stays; libcurl's only home. */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/secrets.h"
#include "workers/smtp.h"
#include "workers/smtp_reply.h"

#define CONNECT_MS  5000L
#define WHOLE_MS    30000L /* of one letter; late is better than twice */
#define ASK_MS      2000
#define REST_MS_MIN 1000
#define SECRET_MAX  1024

static struct {
	CURL *curl;
	uint64_t rest_until; /* until then the server is left alone */
} server;

/* One letter on its way. */
static struct {
	struct delivery *delivery;
	size_t sent; /* bytes of the letter */
	uint64_t asked_at;
	struct smtp_reply reply;
} current;

/* libcurl tells all that is said; nothing of it is kept but commands and codes. */
static int
listen_in(CURL *curl, curl_infotype type, char *bytes, size_t length, void *unused)
{
	char line[32];

	(void)curl;
	(void)unused;
	snprintf(line, sizeof(line), "%.*s", (int)length, bytes);
	if (type == CURLINFO_HEADER_IN)
		smtp_reply_hear(&current.reply, line);
	else if (type == CURLINFO_HEADER_OUT)
		smtp_reply_ask(&current.reply, line);
	return 0;
}

/* What we say ----------------------------------------------------------------------------------*/

static size_t
give(char *room, size_t size, size_t count, void *unused)
{
	const struct delivery *delivery = current.delivery;
	size_t left = delivery->length - current.sent, length = size * count;

	(void)unused;
	if (length > left)
		length = left;
	memcpy(room, delivery->bytes + current.sent, length);
	current.sent += length;
	return length;
}

static int
ask(void *unused, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	uint64_t now = clock_monotonic();

	(void)unused, (void)a, (void)b, (void)c, (void)d;
	if (now - current.asked_at < ASK_MS)
		return 0;
	current.asked_at = now;
	return !current.delivery->may_go_on(current.delivery->asked);
}

static CURLcode
perform(bool anew)
{
	current.sent = 0;
	smtp_reply_begin(&current.reply);
	curl_easy_setopt(server.curl, CURLOPT_FRESH_CONNECT, anew ? 1L : 0L);
	return curl_easy_perform(server.curl);
}

/* Whether the connection has ended since the last letter, or was told so: 421. */
static bool
was_stale(CURLcode done)
{
	const struct smtp_reply *reply = &current.reply;
	long opened = 1;

	curl_easy_getinfo(server.curl, CURLINFO_NUM_CONNECTS, &opened);
	return done != CURLE_OK && done != CURLE_OPERATION_TIMEDOUT &&
	    done != CURLE_ABORTED_BY_CALLBACK && opened == 0 && current.sent == 0 &&
	    (!smtp_reply_is_refusal(reply) || reply->code == 421);
}

static CURLcode
perform_on_any_connection(void)
{
	CURLcode done = perform(false);

	return was_stale(done) ? perform(true) : done;
}

/* An empty exchange, for us to learn what the server offers. */
static CURLcode
greet(void)
{
	CURLcode done;

	curl_easy_setopt(server.curl, CURLOPT_UPLOAD, 0L);
	curl_easy_setopt(server.curl, CURLOPT_NOBODY, 1L);
	curl_easy_setopt(server.curl, CURLOPT_MAIL_RCPT, (struct curl_slist *)NULL);
	curl_easy_setopt(server.curl, CURLOPT_CUSTOMREQUEST, "NOOP");
	done = perform_on_any_connection();
	curl_easy_setopt(server.curl, CURLOPT_CUSTOMREQUEST, (char *)NULL);
	return done;
}

static CURLcode
hand_over(const struct delivery *delivery)
{
	struct curl_slist *recipients = curl_slist_append(NULL, delivery->recipient.text);
	CURLcode done;

	curl_easy_setopt(server.curl, CURLOPT_NOBODY, 0L);
	curl_easy_setopt(server.curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(server.curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)delivery->length);
	curl_easy_setopt(server.curl, CURLOPT_MAIL_FROM, delivery->sender);
	curl_easy_setopt(server.curl, CURLOPT_MAIL_RCPT, recipients);
	done = perform_on_any_connection();
	curl_easy_setopt(server.curl, CURLOPT_MAIL_RCPT, (struct curl_slist *)NULL);
	curl_slist_free_all(recipients);
	return done;
}

/* What becomes of it ---------------------------------------------------------------------------*/

static enum outlet_result
refused(struct arena *arena, struct delivery *delivery)
{
	const struct smtp_reply *reply = &current.reply;

	delivery->status = smtp_reply_status(arena, reply);
	delivery->error = arena_printf(arena, "the mail server refuses the %s: %s",
	    smtp_reply_is_about_recipient(reply) ? "recipient" : "letter", delivery->status);
	if (reply->code < 500)
		return OUTLET_LATER;
	return smtp_reply_says_nobody(reply) ? OUTLET_UNKNOWN : OUTLET_NEVER;
}

static enum outlet_result
troubled(struct arena *arena, struct delivery *delivery, CURLcode done, uint64_t since)
{
	const struct smtp_reply *reply = &current.reply;
	uint64_t now = clock_monotonic(), cost = now - since;

	server.rest_until = now + (cost < REST_MS_MIN ? REST_MS_MIN : cost);
	delivery->error = smtp_reply_is_refusal(reply) ?
	    arena_printf(arena, "the mail server refuses %s: %s",
		reply->command[0] == '\0' ? "us" : reply->command,
		smtp_reply_status(arena, reply)) :
	    arena_printf(arena, "the mail server: %s", curl_easy_strerror(done));
	return OUTLET_LATER;
}

enum outlet_result
smtp_send(struct arena *arena, struct delivery *delivery)
{
	uint64_t since = clock_monotonic();
	CURLcode done = CURLE_OK;

	if (since < server.rest_until) {
		delivery->error = "the mail server is left alone for a while";
		return OUTLET_LATER;
	}
	current.delivery = delivery;
	current.asked_at = since;
	if (delivery->recipient.is_utf8 && (done = greet()) == CURLE_OK &&
	    !current.reply.offers_utf8) {
		delivery->error = "the mail server does not take such an address (SMTPUTF8)";
		return OUTLET_NEVER;
	}
	if (done == CURLE_OK && (done = hand_over(delivery)) == CURLE_OK)
		return OUTLET_SENT;
	if (smtp_reply_is_about_recipient(&current.reply) ||
	    smtp_reply_is_about_letter(&current.reply))
		return refused(arena, delivery);
	return troubled(arena, delivery, done, since);
}

/* Settings -------------------------------------------------------------------------------------*/

static bool
is_loopback(const char *host)
{
	struct in_addr four;

	if (inet_pton(AF_INET, host, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127;
	return strcmp(host, "[::1]") == 0 || strcmp(host, "localhost") == 0;
}

/* The URL for libcurl, which has behind the host whom we say we are; NULL if it is none. */
static const char *
read_url(struct arena *arena, const char *url, const char *name, bool *ret_is_near)
{
	CURLU *parts = curl_url();
	char *host = NULL, *whole = NULL;
	const char *read = NULL;

	if (curl_url_set(parts, CURLUPART_URL, url, CURLU_DISALLOW_USER) == CURLUE_OK &&
	    curl_url_set(parts, CURLUPART_PATH, name, 0) == CURLUE_OK &&
	    curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(parts, CURLUPART_URL, &whole, 0) == CURLUE_OK) {
		*ret_is_near = is_loopback(host);
		read = arena_strdup(arena, whole);
	}
	curl_free(whole);
	curl_free(host);
	curl_url_cleanup(parts);
	return read;
}

/* Where the server is; whether that is on this machine, in *ret_is_near. */
static const char *
take_url(struct arena *arena, const struct config *config, bool *ret_is_near)
{
	static const char unix_socket[] = "smtp+unix:";
	const char *url = config->smtp_url;
	struct mailbox from;

	if (strncmp(url, unix_socket, sizeof(unix_socket) - 1) == 0) {
		curl_easy_setopt(
		    server.curl, CURLOPT_UNIX_SOCKET_PATH, url + sizeof(unix_socket) - 1);
		url = "smtp://localhost";
	}
	if (!address_read_mailbox(arena, config->mail_from, &from) ||
	    (url = read_url(arena, url, from.address.domain, ret_is_near)) == NULL)
		return "RUNDE_SMTP_URL must be smtp://HOST:PORT or smtps://HOST:PORT";
	curl_easy_setopt(server.curl, CURLOPT_URL, url);
	return NULL;
}

static const char *
take_password(struct arena *arena, const struct config *config)
{
	char *secret = arena_alloc(arena, SECRET_MAX);
	FILE *file;

	if (config->smtp_user[0] == '\0')
		return NULL;
	if ((file = fopen(config->smtp_password_file, "re")) == NULL)
		return "RUNDE_SMTP_PASSWORD_FILE cannot be read";
	secret[fread(secret, 1, SECRET_MAX - 1, file)] = '\0';
	fclose(file);
	secret[strcspn(secret, "\r\n")] = '\0';
	curl_easy_setopt(server.curl, CURLOPT_USERNAME, config->smtp_user);
	curl_easy_setopt(server.curl, CURLOPT_PASSWORD, secret);
	curl_easy_setopt(server.curl, CURLOPT_SASL_IR, 1L);
	secrets_forget(secret, SECRET_MAX);
	return NULL;
}

static const char *
take_security(const struct config *config, bool is_near)
{
	bool is_named = config->smtp_ca_file[0] != '\0';

	if (is_named && access(config->smtp_ca_file, R_OK) != 0)
		return "RUNDE_SMTP_CA_FILE cannot be read";
	if (is_named)
		curl_easy_setopt(server.curl, CURLOPT_CAINFO, config->smtp_ca_file);
	curl_easy_setopt(server.curl, CURLOPT_USE_SSL,
	    is_near && !is_named ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
	return NULL;
}

static void
close_server(void *curl)
{
	curl_easy_cleanup(curl);
	curl_global_cleanup();
}

static bool
open_curl(struct arena *arena)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (server.curl = curl_easy_init()) == NULL)
		return false;
	arena_defer(arena, close_server, server.curl);
	curl_easy_setopt(server.curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(server.curl, CURLOPT_PROXY, "");
	curl_easy_setopt(server.curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(server.curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(server.curl, CURLOPT_TIMEOUT_MS, WHOLE_MS);
	curl_easy_setopt(server.curl, CURLOPT_READFUNCTION, give);
	curl_easy_setopt(server.curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(server.curl, CURLOPT_XFERINFOFUNCTION, ask);
	curl_easy_setopt(server.curl, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(server.curl, CURLOPT_DEBUGFUNCTION, listen_in);
	return true;
}

const char *
smtp_open(struct arena *arena, const struct config *config)
{
	bool is_near = false;
	const char *error;

	if (!open_curl(arena))
		return "libcurl cannot be used";
	if ((error = take_url(arena, config, &is_near)) != NULL ||
	    (error = take_security(config, is_near)) != NULL)
		return error;
	return take_password(arena, config);
}
