/* smtp_letter.c: a letter handed over by one connection that stays. */
#include <stdio.h>
#include <string.h>

#include "workers/smtp_letter.h"

/* libcurl tells all that is said; nothing of it is kept but commands and codes. */
static int
listen_in(CURL *curl, curl_infotype type, char *bytes, size_t length, void *given)
{
	struct smtp_letter *letter = given;
	char line[32];

	(void)curl;
	if (type != CURLINFO_HEADER_IN && type != CURLINFO_HEADER_OUT)
		return 0;
	snprintf(line, sizeof(line), "%.*s", (int)length, bytes);
	if (type == CURLINFO_HEADER_IN)
		smtp_reply_hear(&letter->reply, line);
	else
		smtp_reply_ask(&letter->reply, line);
	return 0;
}

/* What we say ----------------------------------------------------------------------------------*/

static size_t
give(char *room, size_t size, size_t count, void *given)
{
	struct smtp_letter *letter = given;
	const struct delivery *delivery = letter->delivery;
	size_t left = delivery->length - letter->sent, length = size * count;

	if (length > left)
		length = left;
	memcpy(room, delivery->bytes + letter->sent, length);
	letter->sent += length;
	return length;
}

/* About once a second. */
static int
ask(void *given, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct smtp_letter *letter = given;

	(void)a, (void)b, (void)c, (void)d;
	return atomic_load(&letter->is_dropped);
}

static CURLcode
perform(struct smtp_letter *letter, bool anew)
{
	letter->sent = 0;
	smtp_reply_begin(&letter->reply);
	curl_easy_setopt(letter->curl, CURLOPT_FRESH_CONNECT, anew ? 1L : 0L);
	return curl_easy_perform(letter->curl);
}

/* Whether the connection has ended since the last letter, or was told so: 421. */
static bool
was_stale(const struct smtp_letter *letter, CURLcode done)
{
	const struct smtp_reply *reply = &letter->reply;
	long opened = 1;

	curl_easy_getinfo(letter->curl, CURLINFO_NUM_CONNECTS, &opened);
	return done != CURLE_OK && done != CURLE_OPERATION_TIMEDOUT &&
	    done != CURLE_ABORTED_BY_CALLBACK && opened == 0 && letter->sent == 0 &&
	    (!smtp_reply_is_refusal(reply) || reply->code == 421);
}

static CURLcode
perform_on_any_connection(struct smtp_letter *letter)
{
	CURLcode done = perform(letter, false);

	return was_stale(letter, done) ? perform(letter, true) : done;
}

/* An empty exchange, for us to learn what the server offers. */
static CURLcode
greet(struct smtp_letter *letter)
{
	CURLcode done;

	curl_easy_setopt(letter->curl, CURLOPT_UPLOAD, 0L);
	curl_easy_setopt(letter->curl, CURLOPT_NOBODY, 1L);
	curl_easy_setopt(letter->curl, CURLOPT_MAIL_RCPT, (struct curl_slist *)NULL);
	curl_easy_setopt(letter->curl, CURLOPT_CUSTOMREQUEST, "NOOP");
	done = perform_on_any_connection(letter);
	curl_easy_setopt(letter->curl, CURLOPT_CUSTOMREQUEST, (char *)NULL);
	return done;
}

static CURLcode
hand_over(struct smtp_letter *letter)
{
	const struct delivery *delivery = letter->delivery;
	struct curl_slist *recipients = curl_slist_append(NULL, delivery->recipient.text);
	CURLcode done;

	curl_easy_setopt(letter->curl, CURLOPT_NOBODY, 0L);
	curl_easy_setopt(letter->curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(letter->curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)delivery->length);
	curl_easy_setopt(letter->curl, CURLOPT_MAIL_FROM, delivery->sender);
	curl_easy_setopt(letter->curl, CURLOPT_MAIL_RCPT, recipients);
	done = perform_on_any_connection(letter);
	curl_easy_setopt(letter->curl, CURLOPT_MAIL_RCPT, (struct curl_slist *)NULL);
	curl_slist_free_all(recipients);
	return done;
}

void
smtp_letter_transfer(struct smtp_letter *letter)
{
	bool needs_utf8 = letter->delivery->recipient.is_utf8;

	letter->done = needs_utf8 ? greet(letter) : CURLE_OK;
	letter->lacks_utf8 = needs_utf8 && letter->done == CURLE_OK && !letter->reply.offers_utf8;
	if (letter->done == CURLE_OK && !letter->lacks_utf8)
		letter->done = hand_over(letter);
}

/* What becomes of it ---------------------------------------------------------------------------*/

static enum outlet_result
refused(struct arena *arena, const struct smtp_reply *reply, struct delivery *delivery)
{
	delivery->status = smtp_reply_status(arena, reply);
	delivery->error = arena_printf(arena, "the mail server refuses the %s: %s",
	    smtp_reply_is_about_recipient(reply) ? "recipient" : "letter", delivery->status);
	delivery->is_put_off = smtp_reply_is_about_domain(reply);
	if (reply->code < 500)
		return OUTLET_LATER;
	return smtp_reply_says_nobody(reply) ? OUTLET_UNKNOWN : OUTLET_NEVER;
}

static enum outlet_result
troubled(struct arena *arena, const struct smtp_letter *letter, struct delivery *delivery)
{
	const struct smtp_reply *reply = &letter->reply;

	delivery->error = smtp_reply_is_refusal(reply) ?
	    arena_printf(arena, "the mail server refuses %s: %s",
		reply->command[0] == '\0' ? "us" : reply->command,
		smtp_reply_status(arena, reply)) :
	    arena_printf(arena, "the mail server: %s", curl_easy_strerror(letter->done));
	return OUTLET_LATER;
}

enum outlet_result
smtp_letter_outcome(struct arena *arena, const struct smtp_letter *letter,
    struct delivery *delivery, bool *ret_is_trouble)
{
	*ret_is_trouble = false;
	if (letter->lacks_utf8) {
		delivery->error = "the mail server does not take such an address (SMTPUTF8)";
		return OUTLET_NEVER;
	}
	if (letter->done == CURLE_OK)
		return OUTLET_SENT;
	if (smtp_reply_is_about_recipient(&letter->reply) ||
	    smtp_reply_is_about_letter(&letter->reply))
		return refused(arena, &letter->reply, delivery);
	*ret_is_trouble = true;
	return troubled(arena, letter, delivery);
}

void
smtp_letter_init(struct smtp_letter *letter, CURL *curl)
{
	letter->curl = curl;
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
	curl_easy_setopt(curl, CURLOPT_READDATA, letter);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, ask);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, letter);
	curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, listen_in);
	curl_easy_setopt(curl, CURLOPT_DEBUGDATA, letter);
}
