/* outside.c: what is connected to, and what is not, whatever URLs say and resolvers answer. */
#include <netinet/in.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "core/reach.h"
#include "workers/outside.h"

#define CONNECT_MS 5000L
#define PORT       443
#define FORBIDDEN  "the address is not one that may be reached"

static struct {
	struct reach_exceptions exceptions;
	const char *ca_file;
} outside;

static bool
may_connect(const char *url, const struct sockaddr *address)
{
	in_port_t port = address->sa_family == AF_INET6 ?
	    ((const struct sockaddr_in6 *)(const void *)address)->sin6_port :
	    ((const struct sockaddr_in *)(const void *)address)->sin_port;

	if (reach_is_excepted(&outside.exceptions, address))
		return true;
	return reach_forbids(address) == NULL && ntohs(port) == PORT &&
	    strncasecmp(url, "https:", 6) == 0;
}

/* libcurl connects the socket that it gets here to this very address. */
static curl_socket_t
open_socket(void *given, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct outside *request = given;

	if (purpose != CURLSOCKTYPE_IPCXN || !may_connect(request->url, &address->addr)) {
		request->is_forbidden = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

CURL *
outside_handle(void)
{
	CURL *handle = curl_easy_init();
	bool is_inside = outside.exceptions.count > 0;

	if (handle == NULL)
		abort();
	curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, is_inside ? "https,http" : "https");
	curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(handle, CURLOPT_PROXY, "");
	curl_easy_setopt(handle, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(handle, CURLOPT_USERAGENT, "Runde");
	curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	if (outside.ca_file[0] != '\0')
		curl_easy_setopt(handle, CURLOPT_CAINFO, outside.ca_file);
	return handle;
}

void
outside_aim(CURL *handle, struct outside *request)
{
	curl_easy_setopt(handle, CURLOPT_URL, request->url);
	curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, request);
}

const char *
outside_error(const struct outside *request, CURLcode code)
{
	return request->is_forbidden ? FORBIDDEN : curl_easy_strerror(code);
}

static void
close_outside(void *unused)
{
	(void)unused;
	curl_global_cleanup();
}

const char *
outside_open(struct arena *arena, const struct config *config)
{
	if (!reach_read(config->outside_allow, &outside.exceptions))
		return "RUNDE_OUTSIDE_ALLOW must be networks like 10.0.0.0/8, with blanks between";
	outside.ca_file = config->outside_ca_file;
	if (outside.ca_file[0] != '\0' && access(outside.ca_file, R_OK) != 0)
		return "RUNDE_OUTSIDE_CA_FILE cannot be read";
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return "libcurl cannot be used";
	arena_defer(arena, close_outside, NULL);
	return NULL;
}
