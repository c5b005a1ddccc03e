/* buffer.c: bytes that grow, in an arena. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"

void
buffer_init(struct buffer *buffer, struct arena *arena, size_t capacity)
{
	*buffer = (struct buffer){ .arena = arena };
	if (capacity > 0)
		buffer_reserve(buffer, capacity);
}

char *
buffer_reserve(struct buffer *buffer, size_t size)
{
	size_t capacity = buffer->capacity < 256 ? 256 : buffer->capacity;
	char *bytes;

	if (size <= buffer->capacity - buffer->length)
		return buffer->bytes + buffer->length;
	while (capacity - buffer->length < size)
		capacity *= 2;
	bytes = arena_take(buffer->arena, capacity);
	if (buffer->length > 0)
		memcpy(bytes, buffer->bytes, buffer->length);
	buffer->bytes = bytes;
	buffer->capacity = capacity;
	return bytes + buffer->length;
}

void
buffer_append(struct buffer *buffer, const char *bytes, size_t size)
{
	if (size == 0)
		return;
	memcpy(buffer_reserve(buffer, size), bytes, size);
	buffer->length += size;
}

void
buffer_string(struct buffer *buffer, const char *string)
{
	buffer_append(buffer, string, strlen(string));
}

/* What fits is written at once; only what does not is formatted twice. */
void
buffer_printf(struct buffer *buffer, const char *format, ...)
{
	va_list arguments;
	size_t room;
	int length;

	buffer_reserve(buffer, 1);
	room = buffer->capacity - buffer->length;
	va_start(arguments, format);
	length = vsnprintf(buffer->bytes + buffer->length, room, format, arguments);
	va_end(arguments);
	if (length < 0)
		abort();
	if ((size_t)length >= room) {
		buffer_reserve(buffer, (size_t)length + 1);
		va_start(arguments, format);
		vsnprintf(buffer->bytes + buffer->length, (size_t)length + 1, format, arguments);
		va_end(arguments);
	}
	buffer->length += (size_t)length;
}

char *
buffer_text(struct buffer *buffer)
{
	*buffer_reserve(buffer, 1) = '\0';
	return buffer->bytes;
}
