/* buffer.h: bytes that grow, in an arena. */
#ifndef CORE_BUFFER_H
#define CORE_BUFFER_H

#include <stddef.h>

#include "core/arena.h"

/* bytes[0..length) is the content; bytes may be NULL while length is 0. No terminating NUL. */
struct buffer {
	struct arena *arena;
	char *bytes;
	size_t length;
	size_t capacity;
};

/* An empty buffer; capacity bytes are set aside at once (0: when the first are written). */
void buffer_init(struct buffer *buffer, struct arena *arena, size_t capacity);

/* Room for size more bytes; the caller writes there and raises length itself. */
char *buffer_reserve(struct buffer *buffer, size_t size);

void buffer_append(struct buffer *buffer, const char *bytes, size_t size);
void buffer_string(struct buffer *buffer, const char *string);
void buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The content as a NUL-terminated string, owned by the buffer. */
char *buffer_text(struct buffer *buffer);

#endif
