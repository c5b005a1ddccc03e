/* parts.h: header and parts of a mail, as they are, without looking into them. */
#ifndef ADMIN_PARTS_H
#define ADMIN_PARTS_H

#include <stddef.h>

/* Some bytes of a mail. */
struct slice {
	const char *at;
	size_t length;
};

/* What comes before the first empty line; *ret_rest comes behind it. */
struct slice parts_header(struct slice bytes, struct slice *ret_rest);

/* Takes what comes before the next boundary, or else all that is left. */
struct slice parts_take(struct slice *rest, const char *boundary);

#endif
