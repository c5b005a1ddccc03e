/* messages.h: threads between people and groups. */
#ifndef API_MESSAGES_H
#define API_MESSAGES_H

#include "api/request.h"

/* The work that stands for whoever writes: its hash, and until when it counts. */
struct proof {
	const char *spent;
	const char *ends;
};

/*
 * Begins a thread with what the body has (text, name, language). email, which gets the answers, and
 * proof may be NULL. The id of the thread, and the secret that opens it.
 */
const char *message_begin(struct request *request, const char *group_id, const char *email,
    const struct proof *proof, const char **ret_secret);

#endif
