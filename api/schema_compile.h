/* schema_compile.h: what the reading of keywords and the building of nodes ask of each other. */
#ifndef API_SCHEMA_COMPILE_H
#define API_SCHEMA_COMPILE_H

#include "api/json_tree.h"
#include "api/schema_node.h"

struct compiler {
	struct arena *arena;
	const json_t *document;
	struct schema *nodes;
	size_t level;
	const char *error;
};

/* Notes what is wrong where; always false. */
bool compiler_refuse(struct compiler *compiler, const struct place *place, const char *why);

/* The node of a schema, or of what it refers to, perhaps not yet complete; NULL if it is refused.
 */
struct schema *compiler_node(
    struct compiler *compiler, const json_t *source, const struct place *place);

/* Reads all keywords of the node's source into the node; false if one is refused. */
bool keywords_read(struct compiler *compiler, struct schema *node, const struct place *place);

/* True for keywords that say nothing about a value. */
bool keyword_is_annotation(const char *name);

#endif
