/* reach.c: the networks that are not the open internet. */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/reach.h"

#define MAPPED_BITS 96 /* ::ffff:0:0/96, in which we write addresses of version 4 */

/*
 * By IANA's registries of special-purpose addresses; of version 6 nothing is open outside of
 * 2000::/3. Some are routed, and lead to whoever relays or translates them.
 */
/* clang-format off */
static const struct network {
	const char *cidr;
	const char *what;
} forbidden[] = {
	{ "0.0.0.0/8",          "this network (RFC 791)"            },
	{ "10.0.0.0/8",         "private (RFC 1918)"                },
	{ "100.64.0.0/10",      "shared by a provider (RFC 6598)"   },
	{ "127.0.0.0/8",        "loopback (RFC 1122)"               },
	{ "168.63.129.16/32",   "a host of its guests"              },
	{ "169.254.0.0/16",     "link-local (RFC 3927)"             },
	{ "172.16.0.0/12",      "private (RFC 1918)"                },
	{ "192.0.0.0/24",       "of protocols (RFC 6890)"           },
	{ "192.0.2.0/24",       "documentation (RFC 5737)"          },
	{ "192.31.196.0/24",    "a sink of questions (RFC 7535)"    },
	{ "192.52.193.0/24",    "a relay (RFC 7450)"                },
	{ "192.88.99.0/24",     "a relay (RFC 7526)"                },
	{ "192.168.0.0/16",     "private (RFC 1918)"                },
	{ "192.175.48.0/24",    "a sink of questions (RFC 7534)"    },
	{ "198.18.0.0/15",      "for measurements (RFC 2544)"       },
	{ "198.51.100.0/24",    "documentation (RFC 5737)"          },
	{ "203.0.113.0/24",     "documentation (RFC 5737)"          },
	{ "224.0.0.0/4",        "multicast (RFC 5771)"              },
	{ "240.0.0.0/4",        "reserved, or all (RFC 1112)"       },
	{ "::/128",             "no address (RFC 4291)"             },
	{ "::1/128",            "loopback (RFC 4291)"               },
	{ "::/96",              "compatible with IPv4 (RFC 4291)"   },
	{ "::ffff:0:0:0/96",    "translated (RFC 2765)"             },
	{ "64:ff9b::/96",       "translated (RFC 6052)"             },
	{ "64:ff9b:1::/48",     "translated (RFC 8215)"             },
	{ "100::/64",           "a sink (RFC 6666)"                 },
	{ "2001::/23",          "of protocols, Teredo (RFC 2928)"   },
	{ "2001:db8::/32",      "documentation (RFC 3849)"          },
	{ "2002::/16",          "6to4 (RFC 3056)"                   },
	{ "2620:4f:8000::/48",  "a sink of questions (RFC 7534)"    },
	{ "3fff::/20",          "documentation (RFC 9637)"          },
	{ "5f00::/16",          "segment routing (RFC 9602)"        },
	{ "fc00::/7",           "unique local (RFC 4193)"           },
	{ "fe80::/10",          "link-local (RFC 4291)"             },
	{ "fec0::/10",          "site-local (RFC 3879)"             },
	{ "ff00::/8",           "multicast (RFC 4291)"              },
};
/* clang-format on */

/* Sixteen bytes, of version 4 in its mapped form. False if it is of neither version. */
static bool
write_bytes(const struct sockaddr *address, unsigned char bytes[static 16])
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (address->sa_family == AF_INET6) {
		memcpy(bytes, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
		return true;
	}
	memcpy(bytes, mapped, sizeof(mapped));
	memcpy(bytes + 12, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
	return address->sa_family == AF_INET;
}

static bool
is_within(const unsigned char *bytes, const unsigned char *network, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;
	unsigned char mask = (unsigned char)(0xff00 >> rest);

	return memcmp(bytes, network, whole) == 0 &&
	    (rest == 0 || (bytes[whole] & mask) == (network[whole] & mask));
}

static bool
read_network(const char *text, size_t length, unsigned char bytes[static 16], unsigned *ret_bits)
{
	char address[INET6_ADDRSTRLEN] = "";
	const char *slash = memchr(text, '/', length);
	struct sockaddr_in six_free = { .sin_family = AF_INET };
	bool is_four;

	if (slash == NULL || (size_t)(slash - text) >= sizeof(address))
		return false;
	memcpy(address, text, (size_t)(slash - text));
	*ret_bits = (unsigned)strtoul(slash + 1, NULL, 10);
	is_four = inet_pton(AF_INET, address, &six_free.sin_addr) == 1;
	if (is_four)
		write_bytes((const struct sockaddr *)&six_free, bytes);
	else if (inet_pton(AF_INET6, address, bytes) != 1)
		return false;
	*ret_bits += is_four ? MAPPED_BITS : 0;
	return *ret_bits <= 128;
}

bool
reach_read(const char *text, struct reach_exceptions *ret_exceptions)
{
	struct reach_exceptions read = { .count = 0 };
	const unsigned most = sizeof(read.networks) / sizeof(read.networks[0]);

	for (text += strspn(text, " "); *text != '\0'; text += strspn(text, " ")) {
		size_t length = strcspn(text, " ");

		if (read.count == most ||
		    !read_network(text, length, read.networks[read.count].bytes,
			&read.networks[read.count].bits))
			return false;
		read.count++;
		text += length;
	}
	*ret_exceptions = read;
	return true;
}

bool
reach_is_excepted(const struct reach_exceptions *exceptions, const struct sockaddr *address)
{
	unsigned char bytes[16];

	for (unsigned i = 0; write_bytes(address, bytes) && i < exceptions->count; i++)
		if (is_within(bytes, exceptions->networks[i].bytes, exceptions->networks[i].bits))
			return true;
	return false;
}

/* Whether that is this machine itself, under an address that others know it by. */
static bool
is_ours(const unsigned char *bytes)
{
	struct ifaddrs *all = NULL;
	unsigned char own[16];
	bool is_own = false;

	if (getifaddrs(&all) != 0)
		return true;
	for (const struct ifaddrs *one = all; one != NULL && !is_own; one = one->ifa_next)
		is_own = one->ifa_addr != NULL && write_bytes(one->ifa_addr, own) &&
		    memcmp(own, bytes, sizeof(own)) == 0;
	freeifaddrs(all);
	return is_own;
}

const char *
reach_forbids(const struct sockaddr *address)
{
	static const unsigned char mapped[16] = { [10] = 0xff, [11] = 0xff };
	unsigned char bytes[16], network[16];
	unsigned bits;

	if (!write_bytes(address, bytes))
		return "of no kind that we know";
	if (address->sa_family == AF_INET6 && is_within(bytes, mapped, MAPPED_BITS))
		return "mapped (RFC 4291)";
	for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
		const char *cidr = forbidden[i].cidr;

		if (!read_network(cidr, strlen(cidr), network, &bits) ||
		    is_within(bytes, network, bits))
			return forbidden[i].what;
	}
	if (!is_within(bytes, mapped, MAPPED_BITS) && bytes[0] >> 5 != 1)
		return "not global unicast (RFC 4291)";
	return is_ours(bytes) ? "our own" : NULL;
}
