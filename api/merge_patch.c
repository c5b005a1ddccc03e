/* merge_patch.c: the algorithm of RFC 7396, section 2, on copies. */
#include <stdlib.h>

#include "api/json_tree.h"
#include "api/merge_patch.h"

#define LEVELS_MAX 64

/* Without memory the process ends: a patch half applied would be a false acknowledgement. */
static json_t *
must(json_t *value)
{
	if (value == NULL)
		abort();
	return value;
}

/* Sets a member to a value, whose reference it takes. */
static json_t *
set_member(json_t *object, const char *name, json_t *value)
{
	if (json_object_set_new(object, name, must(value)) != 0)
		abort();
	return value;
}

/* The member as an object that can be changed: a new one if it is anything else. */
static json_t *
object_member(json_t *object, const char *name)
{
	json_t *member = json_object_get(object, name);

	return json_is_object(member) ? member : set_member(object, name, json_object());
}

static void
apply(json_t *target, const json_t *patch)
{
	const char *name;
	json_t *value;

	json_object_foreach(json_walkable(patch), name, value) {
		if (json_is_null(value))
			json_object_del(target, name);
		else if (json_is_object(value))
			apply(object_member(target, name), value);
		else
			set_member(target, name, json_deep_copy(value));
	}
}

json_t *
merge_patch(const json_t *target, const json_t *patch)
{
	json_t *result;

	if (json_is_deeper(target, LEVELS_MAX) || json_is_deeper(patch, LEVELS_MAX))
		return NULL;
	if (!json_is_object(patch))
		return must(json_deep_copy(patch));
	result = must(json_is_object(target) ? json_deep_copy(target) : json_object());
	apply(result, patch);
	return result;
}
