/* contract.c: reads the OpenAPI description into operations, and refuses what it would not keep. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "api/contract.h"
#include "api_sql.h"

struct loading {
	struct arena *arena;
	const json_t *document;
	const struct named_handler *handlers;
	const char *error; /* the first one */
};

static const char *const scope_words[] = {
#define X(name, word) [SCOPE_##name] = word,
	SCOPES(X)
#undef X
};

static const struct {
	const char *name;
	enum parameter_place place;
} places[] = { { "path", IN_PATH }, { "query", IN_QUERY }, { "header", IN_HEADER } };

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

static void
complain(struct loading *l, const char *what, const char *where)
{
	if (l->error == NULL)
		l->error = arena_printf(l->arena, "contract: %s: %s", where, what);
}

/* Follows a reference into the document, if it is one. */
static const json_t *
resolve(struct loading *l, const json_t *value)
{
	const char *reference = json_string_value(json_object_get(value, "$ref"));
	const json_t *target = l->document;
	char *rest, *part;

	if (reference == NULL)
		return value;
	rest = arena_strdup(l->arena, reference);
	strsep(&rest, "/");
	while (target != NULL && (part = strsep(&rest, "/")) != NULL)
		target = json_object_get(target, part);
	if (target == NULL)
		complain(l, "leads nowhere", reference);
	return target;
}

static const struct schema *
compile(struct loading *l, const json_t *schema, const char *where)
{
	const char *error = NULL;
	const struct schema *compiled = schema_compile(l->arena, l->document, schema, &error);

	if (compiled == NULL)
		complain(l, error, where);
	return compiled;
}

/* "createGroup" -> "group_create": the noun, then the verb. */
static const char *
operation_name(struct arena *arena, const char *id)
{
	size_t verb = strcspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	struct buffer name;

	buffer_init(&name, arena, 64);
	for (const char *c = id + verb; *c != '\0'; c++) {
		bool is_capital = *c >= 'A' && *c <= 'Z';

		if (is_capital && name.length > 0)
			buffer_string(&name, "_");
		buffer_append(&name, (char[]){ is_capital ? (char)(*c - 'A' + 'a') : *c }, 1);
	}
	buffer_string(&name, "_");
	buffer_append(&name, id, verb);
	return buffer_text(&name);
}

static const struct statement *
statement_named(const char *name)
{
	for (size_t i = 0; i < SQL_COUNT; i++)
		if (strcmp(statements[i].name, name) == 0)
			return &statements[i];
	return NULL;
}

static handler *
handler_named(const struct named_handler *handlers, const char *name)
{
	for (; handlers->name != NULL; handlers++)
		if (strcmp(handlers->name, name) == 0)
			return handlers->handler;
	return NULL;
}

static const char *
default_of(struct loading *l, const json_t *schema)
{
	const json_t *value = json_object_get(schema, "default");
	char *text;

	if (value == NULL || json_is_string(value))
		return json_string_value(value);
	text = json_dumps(value, JSON_ENCODE_ANY);
	arena_defer(l->arena, free, text);
	return text;
}

static enum parameter_place
place_of(struct loading *l, const json_t *member, const char *where)
{
	const char *name = json_string_value(member);

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (name != NULL && strcmp(places[i].name, name) == 0)
			return places[i].place;
	complain(l, "a parameter is neither in path, query nor header", where);
	return IN_QUERY;
}

static void
read_parameter(struct loading *l, struct operation *op, const json_t *member)
{
	const json_t *p = resolve(l, member), *schema = resolve(l, json_object_get(p, "schema"));
	struct parameter *parameter = &op->parameters[op->parameter_count++];
	const char *type;

	parameter->name = json_string_value(json_object_get(p, "name"));
	if (parameter->name == NULL || schema == NULL) {
		complain(l, "a parameter without name or schema", op->name);
		return;
	}
	parameter->place = place_of(l, json_object_get(p, "in"), op->name);
	parameter->required = json_is_true(json_object_get(p, "required"));
	parameter->schema = compile(l, schema, parameter->name);
	parameter->otherwise = default_of(l, schema);
	type = parameter->schema == NULL ? NULL : schema_type(parameter->schema);
	parameter->is_list = type != NULL && strcmp(type, "array") == 0;
	parameter->comma_listed = json_is_false(json_object_get(p, "explode"));
	if (parameter->place == IN_HEADER && strcmp(parameter->name, "If-Match") == 0)
		op->needs_if_match = parameter->required;
	if (parameter->place == IN_HEADER && strcmp(parameter->name, "Idempotency-Key") == 0)
		op->idempotent_by_key = true;
}

static void
read_parameters(struct loading *l, struct operation *op, const json_t *list)
{
	size_t i;
	json_t *member;

	json_array_foreach(list, i, member) {
		if (op->parameter_count == PARAMETERS_MAX) {
			complain(l, "too many parameters", op->name);
			return;
		}
		read_parameter(l, op, member);
	}
}

static scope_set
scope_named(const char *word)
{
	for (size_t i = 0; i < SCOPE_COUNT; i++)
		if (word != NULL && strcmp(scope_words[i], word) == 0)
			return SCOPE_BIT(i);
	return 0;
}

/* Each requirement is an alternative: none at all, or a key with any one of its scopes. */
static void
read_security(struct loading *l, struct operation *op, const json_t *security)
{
	size_t i, k;
	json_t *requirement, *word, *words;
	const char *scheme;

	op->ignores_keys = op->anonymous_allowed = json_array_size(security) == 0;
	if (security == NULL)
		complain(l, "says nothing about security", op->name);
	json_array_foreach(security, i, requirement) {
		if (json_object_size(requirement) == 0)
			op->anonymous_allowed = true;
		json_object_foreach(requirement, scheme, words) {
			json_array_foreach(words, k, word) {
				scope_set bit = scope_named(json_string_value(word));

				if (bit == 0)
					complain(l, "an unknown scope", op->name);
				op->scopes |= bit;
			}
		}
	}
}

/* The schema that a patch is made of (x-patch-of) is what the whole must follow. */
static void
read_whole(struct loading *l, struct operation *op, const json_t *patch)
{
	const char *name = json_string_value(json_object_get(patch, "x-patch-of"));
	const json_t *schemas =
	    json_object_get(json_object_get(l->document, "components"), "schemas");

	if (name == NULL || json_object_get(schemas, name) == NULL)
		complain(l, "a patch whose schema has no x-patch-of", op->name);
	else
		op->whole = compile(l, json_object_get(schemas, name), op->name);
}

static void
read_body(struct loading *l, struct operation *op, const json_t *member)
{
	json_t *content = json_object_get(resolve(l, member), "content");
	const json_t *schema;
	json_t *media;
	const char *type;

	if (member == NULL)
		return;
	if (json_object_size(content) != 1)
		complain(l, "not exactly one media type for the body", op->name);
	json_object_foreach(content, type, media) {
		schema = resolve(l, json_object_get(media, "schema"));
		op->body_type = type;
		op->body = compile(l, schema, op->name);
		if (strcmp(op->method, "PATCH") == 0)
			read_whole(l, op, schema);
	}
}

static void
read_success(struct loading *l, struct operation *op, json_t *responses)
{
	json_t *response, *media;
	const char *status, *type;

	op->type = "application/json";
	json_object_foreach(responses, status, response) {
		if (op->status != 0 || status[0] != '2')
			continue;
		op->status = (int)strtol(status, NULL, 10);
		json_object_foreach(json_object_get(resolve(l, response), "content"), type, media) {
			op->type = type;
			break;
		}
	}
	if (op->status == 0)
		complain(l, "no way to succeed", op->name);
}

static bool
has_parameter(const struct operation *op, const char *name)
{
	for (size_t i = 0; i < op->parameter_count; i++)
		if (strcmp(op->parameters[i].name, name) == 0)
			return true;
	return false;
}

static enum manner
manner_of(const struct operation *op)
{
	if (strcmp(op->method, "GET") == 0)
		return has_parameter(op, "cursor") ? GET_LIST : GET_ONE;
	if (strcmp(op->method, "POST") == 0)
		return CREATE;
	return strcmp(op->method, "PATCH") == 0 ? PATCH : DELETE;
}

static void
bind_operation(struct loading *l, struct operation *op)
{
	op->handler = handler_named(l->handlers, op->name);
	op->statement = statement_named(op->name);
	op->manner = manner_of(op);
	if (op->handler == NULL && op->statement == NULL)
		complain(l, "has neither a handler nor a statement", op->name);
	if (op->manner != PATCH || op->handler != NULL)
		return;
	op->document = statement_named(
	    arena_printf(l->arena, "%.*s_document", (int)(strlen(op->name) - 6), op->name));
	if (op->document == NULL)
		complain(l, "has no statement that reads the document to patch", op->name);
}

static struct operation *
read_operation(struct loading *l, const char *path, const char *method, const json_t *item,
    const json_t *member)
{
	struct operation *op = arena_alloc(l->arena, sizeof(*op));
	const char *id = json_string_value(json_object_get(member, "operationId"));

	op->method = method;
	op->path = path;
	op->name = id == NULL ? path : operation_name(l->arena, id);
	read_parameters(l, op, json_object_get(item, "parameters"));
	read_parameters(l, op, json_object_get(member, "parameters"));
	read_security(l, op, json_object_get(member, "security"));
	read_body(l, op, json_object_get(member, "requestBody"));
	read_success(l, op, json_object_get(member, "responses"));
	bind_operation(l, op);
	return op;
}

static void
read_route(struct loading *l, struct route *route, const char *path, const json_t *item)
{
	char *rest = arena_strdup(l->arena, path + 1), *segment;
	const json_t *member;

	while ((segment = strsep(&rest, "/")) != NULL) {
		if (route->segment_count == SEGMENTS_MAX) {
			complain(l, "too many segments", path);
			return;
		}
		route->segments[route->segment_count++] = segment;
	}
	for (size_t i = 0; i < METHODS_MAX; i++)
		if (methods[i].member != NULL &&
		    (member = json_object_get(item, methods[i].member)) != NULL)
			route->operations[route->operation_count++] =
			    read_operation(l, path, methods[i].method, item, member);
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

scope_set
scopes_parse(const char *array)
{
	scope_set set = 0;

	for (const char *word = array + 1; *word != '\0';) {
		size_t length = strcspn(word, ",}");

		for (size_t i = 0; i < SCOPE_COUNT; i++)
			if (strlen(scope_words[i]) == length &&
			    memcmp(scope_words[i], word, length) == 0)
				set |= SCOPE_BIT(i);
		word += length + (word[length] != '\0');
	}
	return set;
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
		complain(&l, "no paths", "document");
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
