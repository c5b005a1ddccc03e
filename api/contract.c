/* contract.c: the OpenAPI description as routes. */
#include <stdlib.h>
#include <string.h>

#include "api/contract_loading.h"

/* clang-format off */
static const struct {
	const char *member;
	const char *method;
} methods[METHODS_MAX] = {
	{ "get",    "GET"    },
	{ "post",   "POST"   },
	{ "put",    "PUT"    },
	{ "patch",  "PATCH"  },
	{ "delete", "DELETE" },
};
/* clang-format on */

static const char *
method_of(const char *member)
{
	for (size_t i = 0; i < METHODS_MAX; i++)
		if (strcmp(methods[i].member, member) == 0)
			return methods[i].method;
	return NULL;
}

static void
read_route(struct loading *l, struct route *route, const char *path, json_t *item)
{
	char *rest = arena_strdup(l->arena, path + 1), *segment;
	const char *name, *method;
	json_t *member;

	while ((segment = strsep(&rest, "/")) != NULL) {
		if (route->segment_count == SEGMENTS_MAX) {
			loading_complain(l, "too many segments", path);
			return;
		}
		route->segments[route->segment_count++] = segment;
	}
	json_object_foreach(item, name, member) {
		if ((method = method_of(name)) != NULL)
			route->operations[route->operation_count++] =
			    loading_operation(l, path, method, item, member);
		else if (strcmp(name, "parameters") != 0)
			loading_complain(l, "is nothing that is carried out", name);
	}
}

static int
compare_routes(const void *a, const void *b)
{
	const struct route *left = a, *right = b;
	size_t count = left->segment_count;

	if (count != right->segment_count)
		return count < right->segment_count ? -1 : 1;
	for (size_t i = 0; i < count; i++) {
		bool left_open = left->segments[i][0] == '{',
		     right_open = right->segments[i][0] == '{';

		if (left_open != right_open)
			return left_open ? 1 : -1;
		if (!left_open && strcmp(left->segments[i], right->segments[i]) != 0)
			return strcmp(left->segments[i], right->segments[i]);
	}
	return 0;
}

static void
document_free(void *document)
{
	json_decref(document);
}

const struct contract *
contract_read(struct arena *arena, const char *json, size_t length,
    const struct named_handler *handlers, const char **ret_error)
{
	json_t *document = json_loadb(json, length, JSON_REJECT_DUPLICATES, NULL), *paths, *item;
	struct loading l = { .arena = arena, .document = document, .handlers = handlers };
	struct contract *contract = arena_alloc(arena, sizeof(*contract));
	const char *path;

	arena_defer(arena, document_free, document);
	paths = json_object_get(document, "paths");
	if (paths == NULL)
		loading_complain(&l, "no paths", "document");
	contract->version =
	    json_string_value(json_object_get(json_object_get(document, "info"), "version"));
	contract->routes = arena_alloc(arena, (json_object_size(paths) + 1) * sizeof(struct route));
	json_object_foreach(paths, path, item) {
		struct route *route = &contract->routes[contract->route_count++];

		read_route(&l, route, path, item);
		contract->operation_count += route->operation_count;
	}
	qsort(contract->routes, contract->route_count, sizeof(struct route), compare_routes);
	*ret_error = l.error;
	return l.error == NULL ? contract : NULL;
}

static bool
route_matches(const struct route *route, char *const *segments, const char **ret_values)
{
	size_t values = 0;

	for (size_t i = 0; i < route->segment_count; i++) {
		if (route->segments[i][0] == '{')
			ret_values[values++] = segments[i];
		else if (strcmp(route->segments[i], segments[i]) != 0)
			return false;
	}
	return true;
}

const struct route *
contract_route(
    const struct contract *contract, char *const *segments, size_t count, const char **ret_values)
{
	for (size_t i = 0; i < contract->route_count; i++)
		if (contract->routes[i].segment_count == count &&
		    route_matches(&contract->routes[i], segments, ret_values))
			return &contract->routes[i];
	return NULL;
}

const struct operation *
route_operation(const struct route *route, const char *method)
{
	for (size_t i = 0; i < route->operation_count; i++)
		if (strcmp(route->operations[i]->method, method) == 0)
			return route->operations[i];
	return NULL;
}
