/* schema_check.h: one pass over a value, the faults it finds, and what needs no look inside. */
#ifndef API_SCHEMA_CHECK_H
#define API_SCHEMA_CHECK_H

#include "api/json_tree.h"
#include "api/schema_node.h"

struct check {
	struct faults *faults; /* NULL while a branch is only tried */
	size_t found;
	size_t steps; /* schemas applied: branches within branches multiply */
	bool too_deep;
	bool is_foreign; /* a text of others, whose control characters are taken care of later */
};

/* How the size of something is called when it is out of range. */
struct measure {
	const char *too_small;
	const char *too_large;
	const char *verb;
	const char *unit;
	const char *rest;
};

/* All types of enum type that a value has: an integer is a number too. */
unsigned type_of(const json_t *value);

void check_fault(struct check *check, const struct place *place, const char *code,
    const char *detail, ...) __attribute__((format(printf, 4, 5)));

/* False if the value has none of the types. */
bool check_type(
    struct check *check, const struct types *types, const json_t *value, const struct place *place);

/* const and enum */
void check_choice(struct check *check, const struct schema *schema, const json_t *value,
    const struct place *place);

void check_size(struct check *check, size_t size, const struct range *range,
    const struct measure *measure, const struct place *place);

void check_string(struct check *check, const struct schema *schema, const json_t *value,
    const struct place *place);

void check_number(struct check *check, const struct schema *schema, const json_t *value,
    const struct place *place);

#endif
