/* horizon.h: series planned ahead by whoever has made many of them; else workers do it. */
#ifndef ADMIN_HORIZON_H
#define ADMIN_HORIZON_H

#include "admin/command.h"

/* Plans all series up to the horizon that are not yet. Returns how many there were. */
unsigned long horizon_extend(const struct context *context);

#endif
