/* schema_compile.c: schemas turned into nodes, references into pointers, once for each target. */
#include <string.h>

#include "api/schema_compile.h"

#define LEVELS_MAX 100

bool
compiler_refuse(struct compiler *compiler, const struct place *place, const char *why)
{
	compiler->error =
	    arena_printf(compiler->arena, "%s: %s", place_pointer(compiler->arena, place), why);
	return false;
}

static struct schema *
find_node(struct compiler *compiler, const json_t *source)
{
	struct schema *node = compiler->nodes;

	while (node != NULL && node->source != source)
		node = node->next;
	return node;
}

static struct schema *
add_node(struct compiler *compiler, const json_t *source, const struct place *place)
{
	struct schema *node = arena_alloc(compiler->arena, sizeof(*node));

	node->types.allowed = TYPE_ANY;
	node->characters.max = node->items.max = node->members.max = SIZE_MAX;
	node->source = source;
	node->is_foreign = json_is_true(json_object_get(source, "x-foreign-text"));
	node->pointer = place_pointer(compiler->arena, place);
	node->next = compiler->nodes;
	compiler->nodes = node;
	return node;
}

/* Nothing but annotations may stand beside a reference. */
static bool
reference_stands_alone(struct compiler *compiler, const json_t *source, const struct place *place)
{
	const char *name;
	json_t *value;

	json_object_foreach(json_walkable(source), name, value)
		if (strcmp(name, "$ref") != 0 && !keyword_is_annotation(name))
			return compiler_refuse(
			    compiler, place, "only annotations may stand beside $ref");
	return true;
}

/* Replaces a schema by what it refers to, and its place likewise, until it is no reference. */
static const json_t *
follow_references(struct compiler *compiler, const json_t *source, struct place *place)
{
	const char *reference;
	size_t hops = 0;

	while ((reference = json_string_value(json_object_get(source, "$ref"))) != NULL) {
		const json_t *target =
		    *reference == '#' ? json_at(compiler->document, reference + 1) : NULL;

		if (target == NULL || hops++ == LEVELS_MAX) {
			compiler_refuse(compiler, place, "$ref leads nowhere");
			return NULL;
		}
		if (!reference_stands_alone(compiler, source, place))
			return NULL;
		source = target;
		*place = (struct place){ .name = reference };
	}
	return source;
}

struct schema *
compiler_node(struct compiler *compiler, const json_t *source, const struct place *outer)
{
	struct place place = *outer;
	struct schema *node;
	bool complete;

	source = follow_references(compiler, source, &place);
	if (source == NULL)
		return NULL;
	node = find_node(compiler, source);
	if (node != NULL)
		return node;
	if (!json_is_object(source) || compiler->level == LEVELS_MAX) {
		compiler_refuse(compiler, &place, "must be an object, not nested too deeply");
		return NULL;
	}
	node = add_node(compiler, source, &place);
	compiler->level++;
	complete = keywords_read(compiler, node, &place);
	compiler->level--;
	return complete ? node : NULL;
}

static bool is_endless(struct schema *node);

static bool
has_endless_branch(const struct branches *branches)
{
	for (size_t i = 0; i < branches->count; i++)
		if (is_endless(branches->items[i]))
			return true;
	return false;
}

/* True if a schema is among its own branches, so that applying it to a value would never end. */
static bool
is_endless(struct schema *node)
{
	if (node->mark != MARK_NEW)
		return node->mark == MARK_ON_PATH;
	node->mark = MARK_ON_PATH;
	if (has_endless_branch(&node->all_of) || has_endless_branch(&node->any_of) ||
	    has_endless_branch(&node->one_of))
		return true;
	node->mark = MARK_DONE;
	return false;
}

static bool
refuse_endless(struct compiler *compiler)
{
	for (struct schema *node = compiler->nodes; node != NULL; node = node->next)
		if (is_endless(node))
			return compiler_refuse(compiler, &(struct place){ .name = node->pointer },
			    "applies itself to the same value");
	return true;
}

struct schema *
schema_compile(
    struct arena *arena, const json_t *document, const json_t *schema, const char **ret_error)
{
	struct compiler compiler = { .arena = arena, .document = document };
	struct schema *node = compiler_node(&compiler, schema, &(struct place){ .name = "" });

	if (node != NULL && refuse_endless(&compiler))
		return node;
	*ret_error = compiler.error;
	return NULL;
}
