/* webhooks.h: the key that webhooks are signed with. */
#ifndef ADMIN_WEBHOOKS_H
#define ADMIN_WEBHOOKS_H

#include "admin/command.h"

/* Exchanges it, and prints the new public one. The one before signs too for a day. */
command webhooks_rotate;

#endif
