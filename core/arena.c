/* arena.c: blocks of memory handed out front to back, freed together. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

#define BLOCK_SIZE  ((size_t)16 * 1024)
#define SPARE_LIMIT 64
#define ALIGNMENT   ((size_t)16)

struct block {
	struct block *next;
	size_t size;
	size_t used;
	_Alignas(16) char bytes[];
};

struct deferred {
	struct deferred *next;
	void (*destroy)(void *object);
	void *object;
};

struct arena {
	struct block *blocks;
	struct deferred *deferred;
};

static _Thread_local struct block *spare;
static _Thread_local size_t spare_count;

static struct block *
block_new(size_t size)
{
	struct block *block;

	if (size == BLOCK_SIZE && spare != NULL) {
		block = spare;
		spare = block->next;
		spare_count--;
	} else if ((block = malloc(sizeof(*block) + size)) == NULL) {
		abort();
	}
	block->next = NULL;
	block->size = size;
	block->used = 0;
	return block;
}

static void
block_free(struct block *block)
{
	if (block->size != BLOCK_SIZE || spare_count == SPARE_LIMIT) {
		free(block);
		return;
	}
	block->next = spare;
	spare = block;
	spare_count++;
}

static void *
block_take(struct block *block, size_t size)
{
	void *bytes = block->bytes + block->used;

	block->used += size;
	return bytes;
}

struct arena *
arena_new(void)
{
	struct block *block = block_new(BLOCK_SIZE);
	struct arena *arena =
	    block_take(block, (sizeof(*arena) + ALIGNMENT - 1) & ~(ALIGNMENT - 1));

	*arena = (struct arena){ .blocks = block };
	return arena;
}

void
arena_free(struct arena *arena)
{
	struct block *block, *next;

	if (arena == NULL)
		return;
	for (struct deferred *d = arena->deferred; d != NULL; d = d->next)
		d->destroy(d->object);
	for (block = arena->blocks; block != NULL; block = next) {
		next = block->next;
		block_free(block);
	}
}

void *
arena_take(struct arena *arena, size_t size)
{
	struct block *block = arena->blocks;

	if (size > SIZE_MAX / 2)
		abort();
	size = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	if (size <= block->size - block->used)
		return block_take(block, size);
	if (size <= BLOCK_SIZE / 4) {
		block = block_new(BLOCK_SIZE);
		block->next = arena->blocks;
		arena->blocks = block;
	} else {
		block = block_new(size);
		block->next = arena->blocks->next;
		arena->blocks->next = block;
	}
	return block_take(block, size);
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	return memset(arena_take(arena, size), 0, size);
}

char *
arena_copy(struct arena *arena, const char *bytes, size_t length)
{
	char *copy = arena_take(arena, length + 1);

	if (length > 0)
		memcpy(copy, bytes, length);
	copy[length] = '\0';
	return copy;
}

char *
arena_strdup(struct arena *arena, const char *string)
{
	return arena_copy(arena, string, strlen(string));
}

char *
arena_vprintf(struct arena *arena, const char *format, va_list arguments)
{
	va_list again;
	char *string;
	int length;

	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0)
		abort();
	string = arena_alloc(arena, (size_t)length + 1);
	vsnprintf(string, (size_t)length + 1, format, arguments);
	return string;
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
	va_list arguments;
	char *string;

	va_start(arguments, format);
	string = arena_vprintf(arena, format, arguments);
	va_end(arguments);
	return string;
}

void
arena_defer(struct arena *arena, void (*destroy)(void *object), void *object)
{
	struct deferred *deferred = arena_alloc(arena, sizeof(*deferred));

	*deferred = (struct deferred){ arena->deferred, destroy, object };
	arena->deferred = deferred;
}
