/* post.c: libcurl's many transfers in one thread. */
#include <stdlib.h>
#include <string.h>

#include "workers/post.h"

#define WHOLE_MS   15000L
#define ANSWER_MAX ((size_t)64 * 1024) /* more of a body nobody has to send us */
#define IDLE_MAX   256                 /* handles that wait to be used again */

static struct {
	CURLM *multi;
	CURL *model; /* with the settings of all */
	CURL *idle[IDLE_MAX];
	size_t idle_count;
} office;

/* One request -----------------------------------------------------------------------------------*/

static size_t
ignore(char *bytes, size_t size, size_t count, void *given)
{
	struct post *post = given;

	(void)bytes;
	post->received += size * count;
	return post->received > ANSWER_MAX ? CURL_WRITEFUNC_ERROR : size * count;
}

static CURL *
take_handle(void)
{
	CURL *curl = office.idle_count > 0 ? office.idle[--office.idle_count] :
					     curl_easy_duphandle(office.model);

	if (curl == NULL)
		abort();
	return curl;
}

static void
give_back(struct post *post)
{
	curl_multi_remove_handle(office.multi, post->curl);
	curl_slist_free_all(post->list);
	if (office.idle_count < IDLE_MAX)
		office.idle[office.idle_count++] = post->curl;
	else
		curl_easy_cleanup(post->curl);
	post->curl = NULL;
}

void
post_begin(struct post *post)
{
	post->curl = take_handle();
	post->list = NULL;
	for (size_t i = 0; i < POST_FIELDS && post->fields[i] != NULL; i++)
		post->list = curl_slist_append(post->list, post->fields[i]);
	post->outside = (struct outside){ .url = post->url };
	post->code = post->wait = 0;
	post->error = NULL;
	post->received = 0;
	outside_aim(post->curl, &post->outside);
	curl_easy_setopt(post->curl, CURLOPT_HTTPHEADER, post->list);
	curl_easy_setopt(post->curl, CURLOPT_POSTFIELDS, post->body);
	curl_easy_setopt(post->curl, CURLOPT_POSTFIELDSIZE, (long)strlen(post->body));
	curl_easy_setopt(post->curl, CURLOPT_WRITEDATA, post);
	curl_easy_setopt(post->curl, CURLOPT_PRIVATE, post);
	curl_multi_add_handle(office.multi, post->curl);
}

/* An answer whose body is too long is an answer. */
static void
finish(struct post *post, CURLcode done)
{
	curl_off_t wait = 0;

	curl_easy_getinfo(post->curl, CURLINFO_RESPONSE_CODE, &post->code);
	curl_easy_getinfo(post->curl, CURLINFO_RETRY_AFTER, &wait);
	post->wait = wait > 0 ? (long)wait : 0;
	if (done != CURLE_OK && done != CURLE_WRITE_ERROR)
		post->code = 0;
	if (post->code == 0)
		post->error = outside_error(&post->outside, done);
	give_back(post);
}

void
post_wait(struct curl_waitfd *watched, unsigned count, unsigned milliseconds)
{
	int running;

	curl_multi_poll(office.multi, watched, count, (int)milliseconds, NULL);
	curl_multi_perform(office.multi, &running);
}

struct post *
post_take_over(void)
{
	int left;
	CURLMsg *message = curl_multi_info_read(office.multi, &left);
	CURLcode done;
	struct post *post;

	if (message == NULL)
		return NULL;
	done = message->data.result;
	curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &post);
	finish(post, done);
	return post;
}

void
post_drop(struct post *post)
{
	if (post->curl != NULL)
		give_back(post);
}

/* Opened ----------------------------------------------------------------------------------------*/

static void
close_office(void *unused)
{
	(void)unused;
	while (office.idle_count > 0)
		curl_easy_cleanup(office.idle[--office.idle_count]);
	curl_easy_cleanup(office.model);
	curl_multi_cleanup(office.multi);
}

void
post_open(struct arena *arena)
{
	office.multi = curl_multi_init();
	office.model = outside_handle();
	curl_easy_setopt(office.model, CURLOPT_WRITEFUNCTION, ignore);
	curl_easy_setopt(office.model, CURLOPT_POST, 1L);
	curl_easy_setopt(office.model, CURLOPT_TIMEOUT_MS, WHOLE_MS);
	arena_defer(arena, close_office, NULL);
}
