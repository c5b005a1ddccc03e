/* test_post.c: whatever a URL says and a resolver answers, nothing inside is connected to. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/fixture.h"
#include "workers/post.h"

#define OPEN_ADDRESS "8.8.8.8"

/* All that resolve or connect in this program, libcurl too, call these. */

static const char *answers[2]; /* of the resolver, in this order */
static atomic_uint resolved, connected, connected_inside;

static struct addrinfo *
info_of(const char *address, int port, struct addrinfo *next)
{
	struct addrinfo *info = calloc(1, sizeof(*info) + sizeof(struct sockaddr_in6));
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)(info + 1);
	struct sockaddr_in *four = (struct sockaddr_in *)(void *)(info + 1);

	*info = (struct addrinfo){ .ai_family = AF_INET6,
		.ai_socktype = SOCK_STREAM,
		.ai_protocol = IPPROTO_TCP,
		.ai_addr = (struct sockaddr *)(void *)(info + 1),
		.ai_addrlen = sizeof(*six),
		.ai_next = next };
	six->sin6_family = AF_INET6;
	six->sin6_port = htons((in_port_t)port);
	if (inet_pton(AF_INET6, address, &six->sin6_addr) == 1)
		return info;
	info->ai_family = four->sin_family = AF_INET;
	info->ai_addrlen = sizeof(*four);
	inet_pton(AF_INET, address, &four->sin_addr);
	return info;
}

int
getaddrinfo(const char *restrict name, const char *restrict service,
    const struct addrinfo *restrict hints, struct addrinfo **restrict ret)
{
	int port = service == NULL ? 0 : (int)strtol(service, NULL, 10);
	unsigned turn = atomic_fetch_add(&resolved, 1);

	(void)name, (void)hints;
	if (answers[1] == NULL)
		*ret = info_of(answers[0], port, NULL);
	else
		*ret = turn % 2 == 0 ? info_of(answers[0], port, info_of(answers[1], port, NULL)) :
				       info_of(answers[1], port, NULL);
	return 0;
}

void
freeaddrinfo(struct addrinfo *info)
{
	while (info != NULL) {
		struct addrinfo *next = info->ai_next;

		free(info);
		info = next;
	}
}

int
connect(int descriptor, __CONST_SOCKADDR_ARG given, socklen_t length)
{
	const struct sockaddr *address = given.__sockaddr__;
	struct sockaddr_in open = { .sin_family = AF_INET, .sin_port = htons(443) };

	(void)descriptor;
	inet_pton(AF_INET, OPEN_ADDRESS, &open.sin_addr);
	atomic_fetch_add(&connected, 1);
	if (length != sizeof(open) || memcmp(address, &open, 8) != 0)
		atomic_fetch_add(&connected_inside, 1);
	errno = ECONNREFUSED;
	return -1;
}

/* What must never be connected to ---------------------------------------------------------------*/

static const char *const hosts[] = { "127.0.0.1", "127.1", "127.0.1", "127.255.255.254",
	"2130706433", "0x7f000001", "0x7f.0.0.1", "0X7F.1", "0177.0.0.1", "017700000001",
	"0000177.0.0.01", "0", "0.0.0.0", "0x0", "00", "10.0.0.1", "10.1", "10.255.255.255",
	"012.0.0.1", "0xa.0.0.1", "167772161", "100.64.0.1", "100.100.100.200", "100.127.255.255",
	"1681915905", "168.63.129.16", "169.254.0.1", "169.254.169.254", "2852039166", "0xa9fea9fe",
	"0251.0376.0251.0376", "169.254.43518", "169.0xfea9fe", "172.16.0.1", "172.31.255.255",
	"0xac100001", "192.0.0.1", "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.0.1",
	"192.168.257", "3232235777", "0xc0.0xa8.1.1", "198.18.0.1", "198.19.255.255",
	"198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1",
	"255.255.255.255", "4294967295", "[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]",
	"[::ffff:7f00:1]", "[::ffff:10.0.0.1]", "[::ffff:a9fe:a9fe]", "[::ffff:8.8.8.8]",
	"[::127.0.0.1]", "[::8.8.8.8]", "[::ffff:0:127.0.0.1]", "[64:ff9b::7f00:1]",
	"[64:ff9b::169.254.169.254]", "[64:ff9b:1::1]", "[100::1]", "[2001::1]",
	"[2001:0:7f00:1::]", "[2001:2::1]", "[2001:10::1]", "[2001:20::1]", "[2001:db8::1]",
	"[2002:7f00:1::]", "[2002:a9fe:a9fe::1]", "[2620:4f:8000::1]", "[3fff::1]", "[4000::1]",
	"[5f00::1]", "[fc00::1]", "[fd12:3456:789a::1]", "[fe80::1]", "[fec0::1]", "[ff02::1]" };
#define HOSTS (sizeof(hosts) / sizeof(hosts[0]))

static void
post_to(struct arena *arena, const char *url)
{
	struct post post = { .url = url, .body = "{}", .arena = arena };

	post_begin(&post);
	while (post_take_over() != &post)
		post_wait(NULL, 0, 1000);
	assert_int_equal(post.code, 0);
	assert_non_null(post.error);
}

static const char *
address_in(struct arena *arena, const char *host)
{
	return host[0] == '[' ? arena_copy(arena, host + 1, strlen(host) - 2) : host;
}

/* Each as it stands, and each that a resolver can answer, as the answer for a name. */
static void
post_to_all(struct arena *arena)
{
	struct in_addr four;

	for (size_t i = 0; i < HOSTS; i++) {
		post_to(arena, arena_printf(arena, "https://%s/hook", hosts[i]));
		if (hosts[i][0] != '[' && inet_pton(AF_INET, hosts[i], &four) != 1)
			continue;
		answers[0] = address_in(arena, hosts[i]);
		answers[1] = NULL;
		post_to(arena, arena_printf(arena, "https://h%zu.example.org/hook", i));
	}
}

static void
open_office(struct arena *arena, const char *allowed)
{
	const struct config config = { .outside_allow = allowed, .outside_ca_file = "" };

	setenv("https_proxy", "http://127.0.0.1:3128", 1);
	setenv("ALL_PROXY", "socks5h://127.0.0.1:1080", 1);
	assert_null(outside_open(arena, &config));
	post_open(arena);
	resolved = connected = connected_inside = 0;
	answers[0] = OPEN_ADDRESS;
	answers[1] = NULL;
}

static void
nothing_inside_is_connected_to_however_it_is_written(void **state)
{
	assert_true(HOSTS >= 60);
	open_office(*state, "");
	post_to_all(*state);
	assert_int_equal(connected, 0);
	assert_true(resolved > 40);
}

static void
with_the_wall_down_each_of_them_is(void **state)
{
	open_office(*state, "0.0.0.0/0 ::/0");
	post_to_all(*state);
	assert_true(connected_inside >= HOSTS);
}

/* First it answers with both, then with the other one only. */
static void
a_resolver_that_changes_its_mind_leads_nowhere_else(void **state)
{
	static const char *const inside[] = { "127.0.0.1", "169.254.169.254", "::1", "10.0.0.1",
		"::ffff:127.0.0.1", "64:ff9b::7f00:1" };

	open_office(*state, "");
	for (size_t i = 0; i < 60; i++) {
		answers[1] = inside[i % 6];
		post_to(*state, arena_printf(*state, "https://flip%zu.example.org/hook", i / 2));
	}
	assert_true(resolved >= 30);
	assert_true(connected > 0);
	assert_int_equal(connected_inside, 0);
}

static void
what_is_outside_is_reached_by_https_and_its_port_only(void **state)
{
	static const char *const wrong[] = { "https://" OPEN_ADDRESS ":8443/",
		"https://" OPEN_ADDRESS ":80/", "https://" OPEN_ADDRESS ":22/",
		"http://" OPEN_ADDRESS "/", "http://" OPEN_ADDRESS ":443/",
		"ftp://" OPEN_ADDRESS ":443/", "gopher://" OPEN_ADDRESS ":443/",
		"file:///etc/passwd", "dict://" OPEN_ADDRESS ":443/",
		"smtp://" OPEN_ADDRESS ":443/" };

	open_office(*state, "");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		post_to(*state, wrong[i]);
	assert_int_equal(connected, 0);
	post_to(*state, "https://" OPEN_ADDRESS "/");
	assert_true(connected > 0 && connected_inside == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    nothing_inside_is_connected_to_however_it_is_written, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    with_the_wall_down_each_of_them_is, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_resolver_that_changes_its_mind_leads_nowhere_else, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    what_is_outside_is_reached_by_https_and_its_port_only, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
