/* arena.h: memory that lives as long as one request or job, freed in one go. */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

/*
 * A new, empty arena, for one thread at a time; any thread may have some. Never NULL: without
 * memory the process ends, and its supervisor starts it again.
 */
struct arena *arena_new(void);

/* Runs the deferred functions, last one first, then frees everything. NULL is allowed. */
void arena_free(struct arena *arena);

/* size zeroed bytes, aligned for any type, owned by the arena. Never NULL. */
void *arena_alloc(struct arena *arena, size_t size);

/* The same, not zeroed: for whoever writes all of it. */
void *arena_take(struct arena *arena, size_t size);

/* A NUL-terminated copy of length bytes. */
char *arena_copy(struct arena *arena, const char *bytes, size_t length);
char *arena_strdup(struct arena *arena, const char *string);

/* A formatted string, NUL-terminated. */
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/* Calls destroy(object) when the arena is freed. */
void arena_defer(struct arena *arena, void (*destroy)(void *object), void *object);

#endif
