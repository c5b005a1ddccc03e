/* post.c: libcurl's many transfers in one thread, and the wall in front of every connection. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/reach.h"
#include "workers/post.h"

#define CONNECT_MS 5000L
#define WHOLE_MS   15000L
#define ANSWER_MAX ((size_t)64 * 1024) /* more of a body nobody has to send us */
#define IDLE_MAX   256                 /* handles that wait to be used again */
#define PORT       443
#define FORBIDDEN  "the address is not one that may be reached"

static struct {
	CURLM *multi;
	CURL *model; /* with the settings of all */
	CURL *idle[IDLE_MAX];
	size_t idle_count;
	struct reach_exceptions exceptions;
} office;

/* The wall --------------------------------------------------------------------------------------*/

static bool
may_connect(const struct post *post, const struct sockaddr *address)
{
	in_port_t port = address->sa_family == AF_INET6 ?
	    ((const struct sockaddr_in6 *)(const void *)address)->sin6_port :
	    ((const struct sockaddr_in *)(const void *)address)->sin_port;

	if (reach_is_excepted(&office.exceptions, address))
		return true;
	return reach_forbids(address) == NULL && ntohs(port) == PORT &&
	    strncasecmp(post->url, "https:", 6) == 0;
}

/* libcurl connects the socket that it gets here to this very address. */
static curl_socket_t
open_socket(void *given, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct post *post = given;

	if (purpose != CURLSOCKTYPE_IPCXN || !may_connect(post, &address->addr)) {
		post->is_forbidden = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

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
	post->is_over = post->is_forbidden = false;
	post->code = post->wait = 0;
	post->error = NULL;
	post->received = 0;
	curl_easy_setopt(post->curl, CURLOPT_URL, post->url);
	curl_easy_setopt(post->curl, CURLOPT_HTTPHEADER, post->list);
	curl_easy_setopt(post->curl, CURLOPT_POSTFIELDS, post->body);
	curl_easy_setopt(post->curl, CURLOPT_POSTFIELDSIZE, (long)strlen(post->body));
	curl_easy_setopt(post->curl, CURLOPT_OPENSOCKETDATA, post);
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
		post->error = post->is_forbidden ? FORBIDDEN : curl_easy_strerror(done);
	give_back(post);
	post->is_over = true;
}

void
post_wait(unsigned milliseconds)
{
	int running, left;
	CURLMsg *message;

	curl_multi_perform(office.multi, &running);
	if (running > 0)
		curl_multi_poll(office.multi, NULL, 0, (int)milliseconds, NULL);
	curl_multi_perform(office.multi, &running);
	while ((message = curl_multi_info_read(office.multi, &left)) != NULL) {
		CURLcode done = message->data.result;
		struct post *post;

		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &post);
		finish(post, done);
	}
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
	curl_global_cleanup();
}

static void
prepare(CURL *curl, const struct config *config)
{
	bool is_inside = office.exceptions.count > 0;

	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, is_inside ? "https,http" : "https");
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_POST, 1L);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "Runde");
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, WHOLE_MS);
	if (config->webhook_ca_file[0] != '\0')
		curl_easy_setopt(curl, CURLOPT_CAINFO, config->webhook_ca_file);
}

const char *
post_open(struct arena *arena, const struct config *config)
{
	if (!reach_read(config->webhook_allow, &office.exceptions))
		return "RUNDE_WEBHOOK_ALLOW must be networks like 10.0.0.0/8, with blanks between";
	if (config->webhook_ca_file[0] != '\0' && access(config->webhook_ca_file, R_OK) != 0)
		return "RUNDE_WEBHOOK_CA_FILE cannot be read";
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (office.multi = curl_multi_init()) == NULL || (office.model = curl_easy_init()) == NULL)
		return "libcurl cannot be used";
	prepare(office.model, config);
	arena_defer(arena, close_office, NULL);
	return NULL;
}
