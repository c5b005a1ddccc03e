/* schema_keyword.c: the table of keywords; what it does not list is refused. */
#include <stdlib.h>
#include <string.h>

#include "api/schema_compile.h"
#include "core/buffer.h"

/* Reads the value of a keyword into its field of the node; false if it is refused. */
typedef bool keyword_reader(
    struct compiler *compiler, void *field, const json_t *value, const struct place *place);

/* A value as people read it: strings without their quotation marks. */
static const char *
value_text(struct arena *arena, const json_t *value)
{
	char *text;
	const char *copy;

	if (json_is_string(value))
		return json_string_value(value);
	text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
	if (text == NULL)
		abort();
	copy = arena_strdup(arena, text);
	free(text);
	return copy;
}

/* clang-format off */
static const struct type_name {
	const char *name;
	enum type type;
	const char *text;
} type_names[] = {
	{ "null",    TYPE_NULL,    "null"       },
	{ "boolean", TYPE_BOOLEAN, "a boolean"  },
	{ "integer", TYPE_INTEGER, "an integer" },
	{ "number",  TYPE_NUMBER,  "a number"   },
	{ "string",  TYPE_STRING,  "a string"   },
	{ "array",   TYPE_ARRAY,   "an array"   },
	{ "object",  TYPE_OBJECT,  "an object"  },
};
/* clang-format on */

static const struct type_name *
find_type(const char *name)
{
	for (size_t i = 0; name != NULL && i < sizeof(type_names) / sizeof(*type_names); i++)
		if (strcmp(type_names[i].name, name) == 0)
			return &type_names[i];
	return NULL;
}

static bool
add_type(
    struct compiler *compiler, struct types *types, const json_t *name, const struct place *place)
{
	const struct type_name *type = find_type(json_string_value(name));

	if (type == NULL)
		return compiler_refuse(compiler, place, "no such type");
	if (types->first == NULL)
		*types = (struct types){ type->type, type->name, type->text };
	else
		types->text = arena_printf(compiler->arena, "%s or %s", types->text, type->text);
	types->allowed |= type->type;
	return true;
}

static bool
read_type(struct compiler *compiler, void *field, const json_t *value, const struct place *place)
{
	size_t count = json_array_size(value);

	if (!json_is_array(value))
		return add_type(compiler, field, value, place);
	if (count == 0)
		return compiler_refuse(compiler, place, "names no type");
	for (size_t i = 0; i < count; i++)
		if (!add_type(compiler, field, json_array_get(value, i), place))
			return false;
	return true;
}

static bool
read_const(struct compiler *compiler, void *field, const json_t *value, const struct place *place)
{
	(void)place;
	*(struct choice *)field = (struct choice){ value, value_text(compiler->arena, value) };
	return true;
}

static bool
read_enum(struct compiler *compiler, void *field, const json_t *value, const struct place *place)
{
	struct buffer text;
	size_t count = json_array_size(value);

	if (count == 0)
		return compiler_refuse(compiler, place, "must be an array with items");
	buffer_init(&text, compiler->arena, 0);
	for (size_t i = 0; i < count; i++) {
		buffer_string(&text, i == 0 ? "" : ", ");
		buffer_string(&text, value_text(compiler->arena, json_array_get(value, i)));
	}
	*(struct choice *)field = (struct choice){ value, buffer_text(&text) };
	return true;
}

static bool
read_size(struct compiler *compiler, void *field, const json_t *value, const struct place *place)
{
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return compiler_refuse(compiler, place, "must be an integer of 0 or more");
	*(size_t *)field = (size_t)json_integer_value(value);
	return true;
}

static bool
read_bound(struct compiler *compiler, void *field, const json_t *value, const struct place *place)
{
	if (!json_is_number(value))
		return compiler_refuse(compiler, place, "must be a number");
	*(struct bound *)field =
	    (struct bound){ value_text(compiler->arena, value), number_of(value) };
	return true;
}

static bool
read_pattern(struct compiler *compiler, void *field, const json_t *value, const struct place *place)
{
	const char *why;
	struct pattern *pattern;

	if (!json_is_string(value))
		return compiler_refuse(compiler, place, "must be a string");
	pattern = pattern_compile(compiler->arena, json_string_value(value), &why);
	if (pattern == NULL)
		return compiler_refuse(compiler, place, why);
	*(const struct pattern **)field = pattern;
	return true;
}

static bool
read_format(struct compiler *compiler, void *field, const json_t *value, const struct place *place)
{
	const struct format *format =
	    json_is_string(value) ? format_find(json_string_value(value)) : NULL;

	if (format == NULL)
		return compiler_refuse(compiler, place, "no format that is enforced");
	*(const struct format **)field = format;
	return true;
}

static bool
read_boolean(struct compiler *compiler, void *field, const json_t *value, const struct place *place)
{
	if (!json_is_boolean(value))
		return compiler_refuse(compiler, place, "must be true or false");
	*(bool *)field = json_is_true(value);
	return true;
}

static bool
read_schema(struct compiler *compiler, void *field, const json_t *value, const struct place *place)
{
	const struct schema *schema = compiler_node(compiler, value, place);

	*(const struct schema **)field = schema;
	return schema != NULL;
}

static bool
read_others(struct compiler *compiler, void *field, const json_t *value, const struct place *place)
{
	struct others *others = field;

	others->refused = json_is_false(value);
	return json_is_boolean(value) || read_schema(compiler, &others->schema, value, place);
}

static bool
read_properties(
    struct compiler *compiler, void *field, const json_t *value, const struct place *place)
{
	size_t count = json_object_size(value), i = 0;
	struct property *items = arena_alloc(compiler->arena, count * sizeof(*items));
	const char *name;
	json_t *source;

	if (!json_is_object(value))
		return compiler_refuse(compiler, place, "must be an object");
	json_object_foreach(json_walkable(value), name, source) {
		struct place inner = { .parent = place, .name = name };

		items[i].name = name;
		items[i].schema = compiler_node(compiler, source, &inner);
		if (items[i++].schema == NULL)
			return false;
	}
	*(struct properties *)field = (struct properties){ count, items, value };
	return true;
}

static bool
read_names(struct compiler *compiler, void *field, const json_t *value, const struct place *place)
{
	size_t count = json_array_size(value);
	const char **items = arena_alloc(compiler->arena, count * sizeof(*items));

	if (!json_is_array(value))
		return compiler_refuse(compiler, place, "must be an array");
	for (size_t i = 0; i < count; i++) {
		items[i] = json_string_value(json_array_get(value, i));
		if (items[i] == NULL)
			return compiler_refuse(compiler, place, "must hold nothing but strings");
	}
	*(struct names *)field = (struct names){ count, items };
	return true;
}

static bool
read_branches(
    struct compiler *compiler, void *field, const json_t *value, const struct place *place)
{
	size_t count = json_array_size(value);
	struct schema **items = arena_alloc(compiler->arena, count * sizeof(*items));

	if (count == 0)
		return compiler_refuse(compiler, place, "must be an array with items");
	for (size_t i = 0; i < count; i++) {
		struct place inner = { .parent = place, .index = i };

		items[i] = compiler_node(compiler, json_array_get(value, i), &inner);
		if (items[i] == NULL)
			return false;
	}
	*(struct branches *)field = (struct branches){ count, items };
	return true;
}

#define FIELD(name) offsetof(struct schema, name)

/* clang-format off */
static const struct {
	const char *name;
	keyword_reader *read;
	size_t field;
} keywords[] = {
	{ "type",                 read_type,       FIELD(types)                           },
	{ "const",                read_const,      FIELD(constant)                        },
	{ "enum",                 read_enum,       FIELD(choices)                         },
	{ "minLength",            read_size,       FIELD(characters.min)                  },
	{ "maxLength",            read_size,       FIELD(characters.max)                  },
	{ "pattern",              read_pattern,    FIELD(pattern)                         },
	{ "format",               read_format,     FIELD(format)                          },
	{ "minimum",              read_bound,      FIELD(bounds[BOUND_MINIMUM])           },
	{ "exclusiveMinimum",     read_bound,      FIELD(bounds[BOUND_EXCLUSIVE_MINIMUM]) },
	{ "maximum",              read_bound,      FIELD(bounds[BOUND_MAXIMUM])           },
	{ "exclusiveMaximum",     read_bound,      FIELD(bounds[BOUND_EXCLUSIVE_MAXIMUM]) },
	{ "minItems",             read_size,       FIELD(items.min)                       },
	{ "maxItems",             read_size,       FIELD(items.max)                       },
	{ "uniqueItems",          read_boolean,    FIELD(unique)                          },
	{ "items",                read_schema,     FIELD(item)                            },
	{ "properties",           read_properties, FIELD(properties)                      },
	{ "required",             read_names,      FIELD(required)                        },
	{ "additionalProperties", read_others,     FIELD(others)                          },
	{ "minProperties",        read_size,       FIELD(members.min)                     },
	{ "maxProperties",        read_size,       FIELD(members.max)                     },
	{ "allOf",                read_branches,   FIELD(all_of)                          },
	{ "anyOf",                read_branches,   FIELD(any_of)                          },
	{ "oneOf",                read_branches,   FIELD(one_of)                          },
};
/* clang-format on */

bool
keyword_is_annotation(const char *name)
{
	static const char *const annotations[] = { "title", "description", "default", "examples",
		"example", "deprecated", "readOnly", "writeOnly" };

	for (size_t i = 0; i < sizeof(annotations) / sizeof(*annotations); i++)
		if (strcmp(annotations[i], name) == 0)
			return true;
	return strncmp(name, "x-", 2) == 0;
}

static bool
read_keyword(
    struct compiler *compiler, struct schema *node, const json_t *value, const struct place *place)
{
	for (size_t i = 0; i < sizeof(keywords) / sizeof(*keywords); i++)
		if (strcmp(keywords[i].name, place->name) == 0)
			return keywords[i].read(
			    compiler, (char *)node + keywords[i].field, value, place);
	return keyword_is_annotation(place->name) ||
	    compiler_refuse(compiler, place, "no keyword that is enforced");
}

bool
keywords_read(struct compiler *compiler, struct schema *node, const struct place *place)
{
	const char *name;
	json_t *value;

	json_object_foreach(json_walkable(node->source), name, value) {
		struct place inner = { .parent = place, .name = name };

		if (!read_keyword(compiler, node, value, &inner))
			return false;
	}
	return true;
}
