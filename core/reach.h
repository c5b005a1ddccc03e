/* reach.h: which addresses of the net we call. */
#ifndef CORE_REACH_H
#define CORE_REACH_H

#include <stdbool.h>
#include <sys/socket.h>

/* Networks that an operator has named: what is in them may be reached, by any port, without TLS. */
struct reach_exceptions {
	struct {
		unsigned char bytes[16];
		unsigned bits;
	} networks[16];
	unsigned count;
};

/*
 * Reads networks in CIDR notation with blanks between them ("127.0.0.0/8 fd00::/8"). False if one
 * is none, or if there are more than fit.
 */
bool reach_read(const char *text, struct reach_exceptions *ret_exceptions);

/*
 * Why nobody may be connected to there: a word for what the network is, with the RFC that says so;
 * NULL if it is one of the open internet. Only that is: what is not known to be is not.
 */
const char *reach_forbids(const struct sockaddr *address);

/* Whether that is in one of the networks named. */
bool reach_is_excepted(const struct reach_exceptions *exceptions, const struct sockaddr *address);

/*
 * What is wrong with a URL that we are to call, as far as it shows, as "must …"; NULL if nothing
 * does. It must be https on port 443, of a name of the open internet or of an address that may be
 * reached. With exceptions it may be any URL, for then all depends on where it leads.
 */
const char *reach_url_fault(const struct reach_exceptions *exceptions, const char *url);

#endif
