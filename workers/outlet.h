/* outlet.h: where letters go: into a folder, or to a mail server. */
#ifndef WORKERS_OUTLET_H
#define WORKERS_OUTLET_H

#include "core/config.h"
#include "core/address.h"

enum outlet_result {
	OUTLET_SENT,
	OUTLET_LATER,   /* it may work another time */
	OUTLET_NEVER,   /* this letter is refused */
	OUTLET_UNKNOWN, /* so is every other to this recipient: there is nobody */
};

struct delivery {
	const char *sender; /* of the envelope: where bounces go */
	struct address recipient;
	const char *bytes; /* lines end with CRLF */
	size_t length;
	/* Asked about every two seconds while somebody is slow; if it says no, the sending ends. */
	bool (*may_go_on)(void *asked);
	void *asked;
	/* Unless it was sent, why not: never with personal data, nor with what a server says. */
	const char *error;
	const char *status; /* the codes of the server that refused it, or NULL */
};

typedef const char *outlet_open_function(struct arena *arena, const struct config *config);
typedef enum outlet_result outlet_send_function(struct arena *arena, struct delivery *delivery);

/*
 * Chooses the outlet by RUNDE_SMTP_URL: SMTP, or the Maildir if it is empty. Call once, at start,
 * while we may still read what only root may; what it keeps lives as long as the arena. NULL on
 * success, else a sentence about the setting at fault.
 */
outlet_open_function outlet_open;

/* Sends one letter to one recipient. */
outlet_send_function outlet_send;

#endif
