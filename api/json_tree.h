/* json_tree.h: what Jansson's values lack: places in them (RFC 6901), depth, items that differ. */
#ifndef API_JSON_TREE_H
#define API_JSON_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "core/arena.h"

/*
 * A place in a value, noted on the way down: the root has no parent, and its name is the pointer
 * that leads to it; a member has its name; an item has its index and no name.
 */
struct place {
	const struct place *parent;
	const char *name;
	size_t index;
};

/* The pointer to a place. Names are cut to 64 bytes, at the boundary of a character. */
char *place_pointer(struct arena *arena, const struct place *place);

/* The value that a pointer leads to, borrowed from the document, or NULL. */
const json_t *json_at(const json_t *document, const char *pointer);

/* True if arrays and objects are nested in more than so many levels; a string has none. */
bool json_is_deeper(const json_t *value, size_t levels);

/* True if no two items of the array are equal. Takes time in proportion to n log n. */
bool json_items_differ(const json_t *array);

/* For json_object_foreach, which changes nothing but takes no const. */
static inline json_t *
json_walkable(const json_t *value)
{
	return (json_t *)(uintptr_t)value;
}

#endif
