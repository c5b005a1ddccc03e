/* visitor.h: who comes by a link out of a mail; the link is all they need. */
#ifndef API_VISITOR_H
#define API_VISITOR_H

#include "api/pages.h"
#include "core/links.h"

struct visitor {
	const char *id;       /* of the person */
	const char *role;     /* "registrant", "leader" or "sender" */
	const char *language; /* in which they are written to */
	const char *mails;    /* which they get: "all", "needed" or "asked" */
	bool is_suppressed;   /* mails to their address came back, so none are sent */
	const char *path;     /* of their page, below the base URL */
};

/*
 * Whom the link is for, by the operation's parameter of that name. From here on they are the
 * caller, with what a person's own secret is good for; registration_id and message_id are theirs,
 * as if they stood in the path, so that pages run the API's own statements; and problems lead back
 * to their page. Ends the request if the link is not good (any more).
 */
struct visitor visitor_open(struct request *request, enum link_purpose purpose);

/* Tells them, and nobody else, that no mails are sent to their address, if it is so. */
void visitor_warn(const struct visitor *visitor, const struct layout *layout);

/* The path of a person's page, below the base URL. */
const char *visitor_path(struct request *request, const char *person, const char *links);

#endif
