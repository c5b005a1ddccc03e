/* schema_format_address.c: where things are on the web (RFC 3986) and in the mail (RFC 5321). */
#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "api/scan.h"
#include "api/schema_format.h"

#define URI_LENGTH_MAX   2000
#define EMAIL_LENGTH_MAX 254
#define LOCAL_LENGTH_MAX 64
#define LABEL_LENGTH_MAX 63

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

static bool
is_atom_character(char character)
{
	return is_alphanumeric(character) || is_one_of(character, "!#$%&'*+-/=?^_`{|}~");
}

static bool
take_local_part(struct scan *scan)
{
	const char *start = scan->at;

	do {
		if (scan_run(scan, is_atom_character) == 0)
			return false;
	} while (scan_take(scan, "."));
	return scan->at - start <= LOCAL_LENGTH_MAX;
}

static bool
is_label_character(char character)
{
	return is_alphanumeric(character) || character == '-';
}

static bool
take_label(struct scan *scan)
{
	const char *start = scan->at;
	size_t length = scan_run(scan, is_label_character);

	return length >= 1 && length <= LABEL_LENGTH_MAX && start[0] != '-' &&
	    start[length - 1] != '-';
}

/* The last label begins with a letter, as that of an address never does. */
static bool
take_domain(struct scan *scan)
{
	const char *label;
	size_t labels = 0;

	do {
		label = scan->at;
		if (!take_label(scan))
			return false;
		labels++;
	} while (scan_take(scan, "."));
	return labels >= 2 && is_letter(*label);
}

bool
format_email(const char *bytes, size_t length)
{
	struct scan scan = { bytes, bytes + length };

	return length <= EMAIL_LENGTH_MAX && take_local_part(&scan) && scan_take(&scan, "@") &&
	    take_domain(&scan) && scan_is_done(&scan);
}
