/* network.c: the address of whoever asks, and how much of it is theirs alone. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "api/network.h"

#define OURS 8 /* bytes of an address of version 6 */

/* It is the last address that the proxy added which counts. */
static const char *
client_address(const struct request *req)
{
	const char *forwarded = http_message_field(req->message, "x-forwarded-for"), *last;

	if (forwarded == NULL || strcmp(req->address, req->service->config->trusted_proxy) != 0)
		return req->address;
	last = strrchr(forwarded, ',');
	last = last == NULL ? forwarded : last + 1;
	return last + strspn(last, " \t");
}

void
network_name(const char *address, char ret_name[static INET6_ADDRSTRLEN])
{
	struct in6_addr bytes;

	snprintf(ret_name, INET6_ADDRSTRLEN, "%s", address);
	if (inet_pton(AF_INET6, address, &bytes) != 1 || IN6_IS_ADDR_V4MAPPED(&bytes))
		return;
	memset(bytes.s6_addr + OURS, 0, sizeof(bytes) - OURS);
	inet_ntop(AF_INET6, &bytes, ret_name, INET6_ADDRSTRLEN);
}

const char *
network_of(const struct request *req)
{
	char *name = arena_alloc(req->arena, INET6_ADDRSTRLEN);

	network_name(client_address(req), name);
	return name;
}
