/* keys.h: the wrapping keys, under which the data keys of persons lie. */
#ifndef ADMIN_KEYS_H
#define ADMIN_KEYS_H

#include "admin/command.h"

/* Makes the first wrapping key if there is none. */
void keys_begin(struct context *context);

/* runde keys list: each with its age, and for how many persons it stands. */
int keys_list(struct context *context);

/*
 * runde keys rotate: a new wrapping key for everybody, while all goes on; the old one is deleted.
 * Interrupted at any moment, it goes on where it was when it is run again.
 */
int keys_rotate(struct context *context);

#endif
