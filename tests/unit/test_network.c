/* test_network.c: how much of an address is theirs alone who have it. */
#include <string.h>

#include "api/network.h"
#include "tests/unit/fixture.h"

/* clang-format off */
static const struct {
	const char *address, *name;
} cases[] = {
	{ "192.0.2.1",                    "192.0.2.1"          },
	{ "::ffff:192.0.2.1",             "::ffff:192.0.2.1"   },
	{ "2001:db8:1:2::1",              "2001:db8:1:2::"     },
	{ "2001:db8:1:2:ffff:ffff:0:1",   "2001:db8:1:2::"     },
	{ "2001:DB8:1:3::",               "2001:db8:1:3::"     },
	{ "::1",                          "::"                 },
	{ "",                             ""                   },
	{ "unknown",                      "unknown"            },
};
/* clang-format on */

static void
of_version_6_it_is_64_bits(void **state)
{
	char name[INET6_ADDRSTRLEN];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		network_name(cases[i].address, name);
		assert_string_equal(name, cases[i].name);
	}
}

static void
a_proxy_that_names_no_address_does_no_harm(void **state)
{
	char name[INET6_ADDRSTRLEN];

	(void)state;
	network_name("a word that is longer than any address could ever be written", name);
	assert_int_equal(strlen(name), INET6_ADDRSTRLEN - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_version_6_it_is_64_bits),
		cmocka_unit_test(a_proxy_that_names_no_address_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
