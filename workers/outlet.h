/* outlet.h: where letters go: into a folder, or to a mail server. */
#ifndef WORKERS_OUTLET_H
#define WORKERS_OUTLET_H

#include "core/config.h"
#include "core/address.h"

enum outlet_result {
	OUTLET_UNDER_WAY,
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
	enum outlet_result result;
	/* Unless it was sent, why not: never with personal data, nor with what a server says. */
	const char *error;
	const char *status; /* the codes of the server that refused it, or NULL */
	bool is_put_off;    /* by the server, as its domain takes no mails for now */
};

/* One way for letters; what is promised here, all of them promise. */
struct outlet {
	/* What it keeps lives as long as the arena. NULL, or a sentence about a setting. */
	const char *(*open)(struct arena *arena, const struct config *config);
	bool (*has_room)(void);
	void (*begin)(struct arena *arena, struct delivery *delivery);
	void (*wait)(struct arena *arena, unsigned milliseconds);
	void (*drop)(const struct delivery *delivery);
};

/*
 * Chooses the outlet by RUNDE_SMTP_URL: SMTP, or the Maildir if it is empty. Call once, at start,
 * while we may still read what only root may; what it keeps lives as long as the arena. NULL on
 * success, else a sentence about the setting at fault.
 */
const char *outlet_open(struct arena *arena, const struct config *config);

/* Whether one more can be under way. */
bool outlet_has_room(void);

/* Begins to send. The delivery stays where it is, and the bytes, until it is over or dropped. */
void outlet_begin(struct arena *arena, struct delivery *delivery);

/* Goes on with all that are under way, until something of one is over, or for so long about. */
void outlet_wait(struct arena *arena, unsigned milliseconds);

/* Ends the sending, if it is not too late: nobody is to be told what became of it. */
void outlet_drop(const struct delivery *delivery);

#endif
