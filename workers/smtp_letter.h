/* smtp_letter.h: a letter handed over by one connection that stays; for workers/smtp.c only. */
#ifndef WORKERS_SMTP_LETTER_H
#define WORKERS_SMTP_LETTER_H

#include <curl/curl.h>
#include <stdatomic.h>

#include "workers/outlet.h"
#include "workers/smtp_reply.h"

struct smtp_letter {
	CURL *curl;
	const struct delivery *delivery;
	atomic_bool is_dropped; /* set by others: it is to end, within a second about */
	size_t sent;            /* bytes of the letter */
	CURLcode done;
	bool lacks_utf8;
	struct smtp_reply reply;
};

/* Takes over what has the settings. */
void smtp_letter_init(struct smtp_letter *letter, CURL *curl);

/* Hands its delivery over, which it only reads. It blocks, and says nothing of what came of it: */
void smtp_letter_transfer(struct smtp_letter *letter);

/*
 * that is told here, with what it means for the delivery. True in *ret_is_trouble if it is neither
 * about this recipient nor this letter.
 */
enum outlet_result smtp_letter_outcome(struct arena *arena, const struct smtp_letter *letter,
    struct delivery *delivery, bool *ret_is_trouble);

#endif
