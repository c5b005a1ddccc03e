/* reach_url.c: what the URL of a webhook shows of where it leads. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/reach.h"

#define HOST_MAX 254

/* Domains that are only known within some network. */
static const char *const inner[] = { "localhost", "local", "localdomain", "internal", "intranet",
	"private", "corp", "home", "lan", "arpa", "onion", "test", "invalid" };

struct parts {
	const char *host; /* without brackets */
	size_t length;
	bool is_six;
	const char *port; /* or NULL */
};

static struct parts
split(const char *authority)
{
	struct parts parts = { .is_six = authority[0] == '[' };
	const char *rest;

	parts.host = authority + parts.is_six;
	parts.length = strcspn(parts.host, parts.is_six ? "]" : ":/?#");
	rest = parts.host + parts.length + parts.is_six;
	parts.port = rest[0] == ':' ? rest + 1 : NULL;
	return parts;
}

static bool
is_inner(const char *host)
{
	const char *last = strrchr(host, '.');

	for (size_t i = 0; last != NULL && i < sizeof(inner) / sizeof(inner[0]); i++)
		if (strcasecmp(last + 1, inner[i]) == 0)
			return true;
	return last == NULL;
}

static const char *
address_fault(const struct sockaddr *address)
{
	return reach_forbids(address) == NULL ? NULL :
						"must not lead to an address that is not public";
}

/* Resolvers take 0x7f.1 and 2130706433 for addresses too. */
static const char *
host_fault(const char *host, bool is_six)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	struct sockaddr_in four = { .sin_family = AF_INET };

	if (is_six)
		return inet_pton(AF_INET6, host, &six.sin6_addr) != 1 ?
		    "must have a host" :
		    address_fault((const struct sockaddr *)&six);
	if (inet_pton(AF_INET, host, &four.sin_addr) == 1)
		return address_fault((const struct sockaddr *)&four);
	if (inet_aton(host, &four.sin_addr) == 1)
		return "must write an address in its usual form";
	return is_inner(host) ? "must have a host that is known everywhere" : NULL;
}

const char *
reach_url_fault(const struct reach_exceptions *exceptions, const char *url)
{
	static const char scheme[] = "https://";
	char host[HOST_MAX] = "";
	struct parts parts;

	if (exceptions->count > 0)
		return NULL;
	if (strncasecmp(url, scheme, sizeof(scheme) - 1) != 0)
		return "must begin with https://";
	parts = split(url + sizeof(scheme) - 1);
	if (parts.port != NULL && strtoul(parts.port, NULL, 10) != 443)
		return "must not name a port other than 443";
	while (parts.length > 0 && parts.host[parts.length - 1] == '.')
		parts.length--;
	if (parts.length == 0 || parts.length >= sizeof(host))
		return "must have a host";
	memcpy(host, parts.host, parts.length);
	return host_fault(host, parts.is_six);
}
