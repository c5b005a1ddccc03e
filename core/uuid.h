/* uuid.h: new names for rows. */
#ifndef CORE_UUID_H
#define CORE_UUID_H

#include "core/arena.h"

#define UUID_SIZE 16

/*
 * A UUID of version 7 (RFC 9562, section 5.7) as text in lower case: the milliseconds of the clock,
 * then 74 random bits. Two of the same millisecond are in no order.
 */
const char *uuid_new(struct arena *arena);

/* The bytes of one, in whichever case, and back as PostgreSQL writes it. */
void uuid_bytes(const char *text, unsigned char ret_bytes[static UUID_SIZE]);
const char *uuid_text(struct arena *arena, const unsigned char bytes[static UUID_SIZE]);

#endif
