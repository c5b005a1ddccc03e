/* smtp_reply.h: what a mail server said last, and what that means (RFC 5321, RFC 3463). */
#ifndef WORKERS_SMTP_REPLY_H
#define WORKERS_SMTP_REPLY_H

#include <stdbool.h>

#include "core/arena.h"

/* Only codes are kept: words of servers quote addresses. */
struct smtp_reply {
	const char *command; /* ours: "RCPT", or empty */
	unsigned code;       /* theirs: 550, or 0 as long as nothing has been said */
	char detail[12];     /* and "5.1.1", or empty */
	bool is_over;        /* we have said QUIT, and what comes does not count */
	bool offers_utf8;    /* in answer to the last EHLO (RFC 6531) */
};

/* Nothing was said about this letter yet; what the server offers stays. */
void smtp_reply_begin(struct smtp_reply *reply);

/* A line of ours. */
void smtp_reply_ask(struct smtp_reply *reply, const char *line);

/* A line of theirs. */
void smtp_reply_hear(struct smtp_reply *reply, const char *line);

/* Whether it is 4xx or 5xx. */
bool smtp_reply_is_refusal(const struct smtp_reply *reply);

/* Whether it is this recipient that is refused; or this letter; and not us. */
bool smtp_reply_is_about_recipient(const struct smtp_reply *reply);
bool smtp_reply_is_about_letter(const struct smtp_reply *reply);

/* Whether others of that domain are not taken for now either: 4xx, unless one mailbox is full. */
bool smtp_reply_is_about_domain(const struct smtp_reply *reply);

/*
 * Whether nobody will ever get a letter there: the detail decides where there is one (see
 * suppression.h).
 */
bool smtp_reply_says_nobody(const struct smtp_reply *reply);

/* "550 5.1.1" */
const char *smtp_reply_status(struct arena *arena, const struct smtp_reply *reply);

#endif
