/* schema.h: JSON Schema as OpenAPI 3.1 uses it, compiled once, and what it enforces. */
#ifndef API_SCHEMA_H
#define API_SCHEMA_H

#include <jansson.h>

#include "api/problem.h"
#include "core/arena.h"

struct schema;

/*
 * Compiles a schema. document is the whole OpenAPI description, into which "#/…" references point;
 * they may be recursive. Every keyword is either enforced, or a pure annotation (title,
 * description, default, examples, example, deprecated, readOnly, writeOnly, and names beginning
 * with "x-"), or refused: then NULL is returned and *ret_error says which keyword where. Both JSON
 * values are borrowed and must outlive the schema. Enforced: type (also a list of types), enum,
 * const, minLength, maxLength (in characters), pattern (ECMA, unanchored, by PCRE2), format (uuid,
 * date, date-time, duration, uri, email, country, language), minimum, maximum, exclusiveMinimum,
 * exclusiveMaximum, minItems, maxItems, uniqueItems, items, properties, required,
 * additionalProperties (false or a schema), minProperties, maxProperties, oneOf, anyOf, allOf, $ref
 * (alone or with annotations).
 */
struct schema *schema_compile(
    struct arena *arena, const json_t *document, const json_t *schema, const char **ret_error);

/*
 * Adds a fault for everything in value that the schema does not allow, each with its pointer below
 * the given one ("" for the body itself). No text of the value gets into a fault, save the
 * names of unknown members, which the pointer needs. Besides what the schema says, a string that
 * contains NUL, or any other control character but tab and line feed, is a fault, unless the schema
 * is marked x-foreign-text: for what is passed on as others wrote it.
 */
void schema_validate(
    const struct schema *schema, const json_t *value, const char *pointer, struct faults *faults);

/*
 * The first type the schema names ("string", "integer", "array", …), through references; NULL if
 * none.
 */
const char *schema_type(const struct schema *schema);

/* The schema of an array's items, or NULL. */
const struct schema *schema_items(const struct schema *schema);

/* The schema of an object's member that properties names, or NULL. */
const struct schema *schema_member(const struct schema *schema, const char *name);

#endif
