/* schema.c: values held against a compiled schema, every fault with the place where it is. */
#include <string.h>

#include "api/schema_check.h"

#define LEVELS_MAX 32
#define STEPS_MAX  1000000

static const struct measure items = { "too_few_items", "too_many_items", "have", "item", "" };
static const struct measure members = { "too_few_members", "too_many_members", "have", "member",
	"" };

static void validate(struct check *check, const struct schema *schema, const json_t *value,
    const struct place *place);
static void survey(
    struct check *check, const json_t *value, const struct place *place, size_t level);

/* U+0000 to U+001F save tab and line feed, and U+007F to U+009F. */
static bool
has_control_character(const char *bytes, size_t length)
{
	unsigned char before = 0;

	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		if ((byte < 0x20 && byte != '\t' && byte != '\n') || byte == 0x7F)
			return true;
		if (before == 0xC2 && byte < 0xA0)
			return true;
		before = byte;
	}
	return false;
}

static void
survey_items(struct check *check, const json_t *array, const struct place *place, size_t level)
{
	json_t *item;
	size_t index;

	json_array_foreach(array, index, item)
		survey(check, item, &(struct place){ .parent = place, .index = index }, level);
}

static void
survey_members(struct check *check, const json_t *object, const struct place *place, size_t level)
{
	const char *name;
	json_t *member;

	json_object_foreach(json_walkable(object), name, member) {
		struct place inner = { .parent = place, .name = name };

		if (!check->is_foreign && has_control_character(name, strlen(name)))
			check_fault(check, &inner, "control_character",
			    "must not have a control character in its name");
		survey(check, member, &inner, level);
	}
}

/* What no schema may allow: control characters, and so many levels that they exhaust the stack. */
static void
survey(struct check *check, const json_t *value, const struct place *place, size_t level)
{
	if (json_is_string(value)) {
		if (!check->is_foreign &&
		    has_control_character(json_string_value(value), json_string_length(value)))
			check_fault(check, place, "control_character",
			    "must not contain control characters other than tab and line feed");
	} else if (json_is_array(value) || json_is_object(value)) {
		if (level == LEVELS_MAX) {
			check->too_deep = true;
			check_fault(check, place, "too_deep",
			    "must not be nested in more than %d levels", LEVELS_MAX);
			return;
		}
		survey_items(check, value, place, level + 1);
		survey_members(check, value, place, level + 1);
	}
}

static void
validate_array(struct check *check, const struct schema *schema, const json_t *value,
    const struct place *place)
{
	json_t *item;
	size_t index;

	check_size(check, json_array_size(value), &schema->items, &items, place);
	if (schema->unique && !json_items_differ(value))
		check_fault(check, place, "not_unique", "must not have the same item twice");
	if (schema->item == NULL)
		return;
	json_array_foreach(value, index, item)
		validate(
		    check, schema->item, item, &(struct place){ .parent = place, .index = index });
}

/* Members that the schema has no name for. */
static void
validate_others(struct check *check, const struct schema *schema, const json_t *object,
    const struct place *place)
{
	const char *name;
	json_t *member;

	json_object_foreach(json_walkable(object), name, member) {
		struct place inner = { .parent = place, .name = name };

		if (json_object_get(schema->properties.by_name, name) != NULL)
			continue;
		if (schema->others.refused)
			check_fault(check, &inner, "unknown_member", "is not known here");
		else
			validate(check, schema->others.schema, member, &inner);
	}
}

static void
validate_required(struct check *check, const struct names *required, const json_t *object,
    const struct place *place)
{
	for (size_t i = 0; i < required->count; i++) {
		struct place inner = { .parent = place, .name = required->items[i] };

		if (json_object_get(object, inner.name) == NULL)
			check_fault(check, &inner, "required", "is required");
	}
}

static void
validate_object(struct check *check, const struct schema *schema, const json_t *value,
    const struct place *place)
{
	size_t size = json_object_size(value), known = 0;

	check_size(check, size, &schema->members, &members, place);
	validate_required(check, &schema->required, value, place);
	for (size_t i = 0; i < schema->properties.count; i++) {
		const struct property *property = &schema->properties.items[i];
		const json_t *member = json_object_get(value, property->name);

		if (member == NULL)
			continue;
		known++;
		validate(check, property->schema, member,
		    &(struct place){ .parent = place, .name = property->name });
	}
	if (known < size && (schema->others.refused || schema->others.schema != NULL))
		validate_others(check, schema, value, place);
}

/* The one value that a schema allows, if const or enum say so. */
static const json_t *
only_value(const struct schema *schema)
{
	const json_t *choices = schema->choices.value;

	if (schema->constant.value != NULL)
		return schema->constant.value;
	return json_array_size(choices) == 1 ? json_array_get(choices, 0) : NULL;
}

/* True if its type, or a member such as "kind" that must have one value, tells against a branch. */
static bool
is_ruled_out(const struct schema *branch, const json_t *value)
{
	if ((branch->types.allowed & type_of(value)) == 0)
		return true;
	for (size_t i = 0; i < branch->properties.count; i++) {
		const struct property *property = &branch->properties.items[i];
		const json_t *only = only_value(property->schema);
		const json_t *member = only ? json_object_get(value, property->name) : NULL;

		if (member != NULL && !json_equal(only, member))
			return true;
	}
	for (size_t i = 0; i < branch->all_of.count; i++)
		if (is_ruled_out(branch->all_of.items[i], value))
			return true;
	return false;
}

static bool
branch_matches(struct check *check, const struct schema *branch, const json_t *value,
    const struct place *place)
{
	struct check attempt = { .steps = check->steps };

	validate(&attempt, branch, value, place);
	check->steps = attempt.steps;
	return attempt.found == 0;
}

/* The one branch that is not ruled out; NULL if there are several or none. */
static const struct schema *
only_candidate(const struct branches *branches, const json_t *value)
{
	const struct schema *candidate = NULL;

	for (size_t i = 0; i < branches->count; i++) {
		if (is_ruled_out(branches->items[i], value))
			continue;
		if (candidate != NULL)
			return NULL;
		candidate = branches->items[i];
	}
	return candidate;
}

/* What is wrong with the only candidate says more than that no branch matches. */
static void
validate_branches(struct check *check, const struct branches *branches, bool exclusive,
    const json_t *value, const struct place *place)
{
	const struct schema *candidate = only_candidate(branches, value);
	size_t enough = exclusive ? 2 : 1, matches = 0;

	if (branches->count == 0)
		return;
	if (candidate != NULL) {
		validate(check, candidate, value, place);
		return;
	}
	for (size_t i = 0; i < branches->count && matches < enough; i++)
		matches += branch_matches(check, branches->items[i], value, place);
	if (matches == 0)
		check_fault(check, place, "no_match", "must have one of the forms described");
	if (matches > 1)
		check_fault(check, place, "ambiguous", "must have only one of the forms described");
}

static void
validate(struct check *check, const struct schema *schema, const json_t *value,
    const struct place *place)
{
	if (check->faults == NULL && check->found > 0)
		return;
	if (++check->steps > STEPS_MAX) {
		check->found++;
		return;
	}
	if (!check_type(check, &schema->types, value, place))
		return;
	check_choice(check, schema, value, place);
	if (json_is_string(value))
		check_string(check, schema, value, place);
	else if (json_is_number(value))
		check_number(check, schema, value, place);
	else if (json_is_array(value))
		validate_array(check, schema, value, place);
	else if (json_is_object(value))
		validate_object(check, schema, value, place);
	for (size_t i = 0; i < schema->all_of.count; i++)
		validate(check, schema->all_of.items[i], value, place);
	validate_branches(check, &schema->any_of, false, value, place);
	validate_branches(check, &schema->one_of, true, value, place);
}

void
schema_validate(
    const struct schema *schema, const json_t *value, const char *pointer, struct faults *faults)
{
	struct check check = { .faults = faults, .is_foreign = schema->is_foreign };
	struct place root = { .name = pointer };

	survey(&check, value, &root, 0);
	if (check.too_deep)
		return;
	validate(&check, schema, value, &root);
	if (check.steps > STEPS_MAX)
		check_fault(&check, &root, "too_complex", "is too complex to be checked");
}

const char *
schema_type(const struct schema *schema)
{
	return schema->types.first;
}

const struct schema *
schema_items(const struct schema *schema)
{
	return schema->item;
}

const struct schema *
schema_member(const struct schema *schema, const char *name)
{
	for (size_t i = 0; i < schema->properties.count; i++)
		if (strcmp(schema->properties.items[i].name, name) == 0)
			return schema->properties.items[i].schema;
	return NULL;
}
