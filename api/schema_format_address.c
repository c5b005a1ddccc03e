/* schema_format_address.c: where things are on the web (RFC 3986) and in the mail (RFC 6531). */
#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "api/scan.h"
#include "api/schema_format.h"
#include "core/address.h"

#define URI_LENGTH_MAX   2000
#define EMAIL_LENGTH_MAX 254

static bool
take_scheme(struct scan *scan)
{
	static const char *const schemes[] = { "https://", "http://" };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		size_t length = strlen(schemes[i]);

		if (scan_left(scan) >= length && strncasecmp(scan->at, schemes[i], length) == 0) {
			scan->at += length;
			return true;
		}
	}
	return false;
}

static bool
is_address_character(char character)
{
	return is_hexadecimal(character) || is_one_of(character, ":.");
}

/* An IPv6 address behind its opening bracket. */
static bool
take_address(struct scan *scan)
{
	char address[INET6_ADDRSTRLEN] = "";
	const char *start = scan->at;
	size_t length = scan_run(scan, is_address_character);
	struct in6_addr parsed;

	if (length >= sizeof(address) || !scan_take(scan, "]"))
		return false;
	memcpy(address, start, length);
	return inet_pton(AF_INET6, address, &parsed) == 1;
}

static bool
is_name_character(char character)
{
	return is_alphanumeric(character) || is_one_of(character, "-._");
}

static bool
take_host(struct scan *scan)
{
	return scan_take(scan, "[") ? take_address(scan) : scan_run(scan, is_name_character) > 0;
}

static bool
take_port(struct scan *scan)
{
	struct scan ahead;
	size_t digits;
	int port;

	if (!scan_take(scan, ":"))
		return true;
	ahead = *scan;
	digits = scan_run(&ahead, is_digit);
	return digits >= 1 && digits <= 5 && scan_number(scan, digits, &port) && port <= 65535;
}

static bool
is_path_character(char character)
{
	return is_alphanumeric(character) || is_one_of(character, "-._~!$&'()*+,;=:@/");
}

static bool
take_encoded(struct scan *scan)
{
	if (scan_left(scan) < 3 || scan->at[0] != '%' || !is_hexadecimal(scan->at[1]) ||
	    !is_hexadecimal(scan->at[2]))
		return false;
	scan->at += 3;
	return true;
}

static void
take_path(struct scan *scan)
{
	while (scan_run(scan, is_path_character) > 0 || take_encoded(scan))
		;
}

/* A query or a fragment behind its mark. */
static void
take_query(struct scan *scan)
{
	do {
		take_path(scan);
	} while (scan_take(scan, "?"));
}

bool
format_uri(const char *bytes, size_t length)
{
	struct scan scan = { bytes, bytes + length };

	if (length > URI_LENGTH_MAX || !take_scheme(&scan) || !take_host(&scan) ||
	    !take_port(&scan))
		return false;
	if (scan_take(&scan, "/"))
		take_path(&scan);
	if (scan_take(&scan, "?"))
		take_query(&scan);
	if (scan_take(&scan, "#"))
		take_query(&scan);
	return scan_is_done(&scan);
}

/* The last label begins with a letter, as that of a network address never does. */
static bool
is_on_the_net(const char *domain)
{
	const char *last = strrchr(domain, '.');

	return last != NULL && is_letter(last[1]);
}

/* What workers can write to, and without quotation marks. */
bool
format_email(const char *bytes, size_t length)
{
	struct arena *arena;
	struct address address;
	bool matches;

	if (length == 0 || length > EMAIL_LENGTH_MAX || bytes[0] == '"' ||
	    memchr(bytes, '\0', length) != NULL)
		return false;
	arena = arena_new();
	matches = address_read(arena, arena_copy(arena, bytes, length), &address) &&
	    is_on_the_net(address.domain);
	arena_free(arena);
	return matches;
}
