/* schema_node.h: a compiled schema from inside, for those who build it and those who apply it. */
#ifndef API_SCHEMA_NODE_H
#define API_SCHEMA_NODE_H

#include <stdint.h>

#include "api/schema.h"
#include "api/schema_format.h"
#include "api/schema_pattern.h"

enum type {
	TYPE_NULL = 1 << 0,
	TYPE_BOOLEAN = 1 << 1,
	TYPE_INTEGER = 1 << 2,
	TYPE_NUMBER = 1 << 3,
	TYPE_STRING = 1 << 4,
	TYPE_ARRAY = 1 << 5,
	TYPE_OBJECT = 1 << 6,
	TYPE_ANY = (1 << 7) - 1,
};

struct types {
	unsigned allowed;  /* of enum type */
	const char *first; /* NULL if none is named */
	const char *text;  /* "a string or null" */
};

/* The value of enum (an array) or const, and as text for people; NULL if the keyword is absent. */
struct choice {
	const json_t *value;
	const char *text;
};

struct range {
	size_t min;
	size_t max;
};

enum bound_kind {
	BOUND_MINIMUM,
	BOUND_EXCLUSIVE_MINIMUM,
	BOUND_MAXIMUM,
	BOUND_EXCLUSIVE_MAXIMUM,
	BOUND_COUNT
};

/* text is NULL if there is no such bound. */
struct bound {
	const char *text;
	long double number;
};

struct property {
	const char *name;
	const struct schema *schema;
};

struct properties {
	size_t count;
	const struct property *items;
	const json_t *by_name; /* the same as an object, to look names up */
};

/* What holds for members that properties does not name. */
struct others {
	bool refused;
	const struct schema *schema; /* NULL if they may be anything */
};

struct names {
	size_t count;
	const char **items;
};

struct branches {
	size_t count;
	struct schema **items;
};

/* A reference is not a node: whoever refers to a schema points to the node of its target. */
struct schema {
	struct types types;
	struct choice constant;
	struct choice choices;
	struct range characters;
	struct range items;
	struct range members;
	const struct pattern *pattern;
	const struct format *format;
	struct bound bounds[BOUND_COUNT];
	const struct schema *item;
	bool unique;
	struct properties properties;
	struct names required;
	struct others others;
	struct branches all_of;
	struct branches any_of;
	struct branches one_of;
	bool is_foreign; /* x-foreign-text */

	/* While it is compiled. */
	struct schema *next;
	const json_t *source;
	const char *pointer;
	enum { MARK_NEW, MARK_ON_PATH, MARK_DONE } mark;
};

/* The value of an integer or a real number, exactly. */
static inline long double
number_of(const json_t *value)
{
	return json_is_integer(value) ? (long double)json_integer_value(value) :
					(long double)json_real_value(value);
}

#endif
