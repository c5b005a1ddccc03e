/* contract_operation.c: one operation out of the OpenAPI description. */
#include <stdlib.h>
#include <string.h>

#include "api/contract_loading.h"
#include "api_sql.h"

#define BUNDLE_TYPE "application/fhir+json"

static const char *const scope_words[] = {
#define X(name, word) [SCOPE_##name] = word,
	SCOPES(X)
#undef X
};

static const struct {
	const char *word;
	enum caller_kind caller;
} schemes[] = {
#define X(name, scheme) { scheme, CALLER_##name },
	CALLERS(X)
#undef X
	    { "cookie", CALLER_LEADER }, /* a session, as browsers keep it */
};

static const struct {
	const char *name;
	enum parameter_place place;
} places[] = { { "path", IN_PATH }, { "query", IN_QUERY }, { "header", IN_HEADER } };

void
loading_complain(struct loading *l, const char *what, const char *where)
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
		loading_complain(l, "leads nowhere", reference);
	return target;
}

static const struct schema *
compile(struct loading *l, const json_t *schema, const char *where)
{
	const char *error = NULL;
	const struct schema *compiled = schema_compile(l->arena, l->document, schema, &error);

	if (compiled == NULL)
		loading_complain(l, error, where);
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
	loading_complain(l, "a parameter is neither in path, query nor header", where);
	return IN_QUERY;
}

static void
read_parameter(struct loading *l, struct operation *op, const json_t *member)
{
	const json_t *p = resolve(l, member), *schema = resolve(l, json_object_get(p, "schema"));
	struct parameter *parameter = &op->parameters[op->parameter_count];
	const char *type;

	parameter->name = json_string_value(json_object_get(p, "name"));
	if (parameter->name == NULL || schema == NULL) {
		loading_complain(l, "a parameter without name or schema", op->name);
		return;
	}
	op->parameter_count++;
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
			loading_complain(l, "too many parameters", op->name);
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

static void
allow_scheme(struct loading *l, struct operation *op, const char *scheme)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (strcmp(schemes[i].word, scheme) != 0)
			continue;
		op->allowed[schemes[i].caller] = true;
		return;
	}
	loading_complain(l, "an unknown security scheme", op->name);
}

/*
 * Each requirement is an alternative: none at all, a key with any one of its scopes, or what
 * persons and leaders have.
 */
static void
read_security(struct loading *l, struct operation *op, const json_t *security)
{
	size_t i, k;
	json_t *requirement, *word, *words;
	const char *scheme;

	op->ignores_keys = op->anonymous_allowed = json_array_size(security) == 0;
	if (security == NULL)
		loading_complain(l, "says nothing about security", op->name);
	json_array_foreach(security, i, requirement) {
		if (json_object_size(requirement) == 0)
			op->anonymous_allowed = true;
		json_object_foreach(requirement, scheme, words) {
			allow_scheme(l, op, scheme);
			json_array_foreach(words, k, word) {
				scope_set bit = scope_named(json_string_value(word));

				if (bit == 0)
					loading_complain(l, "an unknown scope", op->name);
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
		loading_complain(l, "a patch whose schema has no x-patch-of", op->name);
	else
		op->whole = compile(l, json_object_get(schemas, name), op->name);
}

/* Two names for JSON are read alike. */
static bool
are_both_json(json_t *content)
{
	const char *type;
	json_t *media;

	json_object_foreach(content, type, media)
		if (strlen(type) < 4 || strcmp(type + strlen(type) - 4, "json") != 0)
			return false;
	return json_object_size(content) == 2;
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
	if (json_object_size(content) != 1 && !op->is_page && !are_both_json(content))
		loading_complain(l, "not exactly one media type for the body", op->name);
	json_object_foreach(content, type, media) {
		schema = resolve(l, json_object_get(media, "schema"));
		*(op->body_type == NULL ? &op->body_type : &op->other_body_type) = type;
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

	json_object_foreach(responses, status, response) {
		if (op->status != 0 || (status[0] != '2' && strcmp(status, "303") != 0))
			continue;
		op->status = (int)strtol(status, NULL, 10);
		json_object_foreach(json_object_get(resolve(l, response), "content"), type, media)
			*(op->type == NULL ? &op->type : &op->other_type) = type;
	}
	if (op->type == NULL)
		op->type = "application/json";
	if (op->status == 0)
		loading_complain(l, "no way to succeed", op->name);
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
	if (strcmp(op->method, "DELETE") == 0)
		return REMOVAL;
	if (!has_parameter(op, "cursor"))
		return ONE;
	return strcmp(op->type, BUNDLE_TYPE) == 0 ? BUNDLE : LIST;
}

static void
bind_operation(struct loading *l, struct operation *op)
{
	op->handler = handler_named(l->handlers, op->name);
	op->statement = statement_named(op->name);
	op->manner = manner_of(op);
	if (op->handler == NULL && op->statement == NULL)
		loading_complain(l, "has neither a handler nor a statement", op->name);
	if (strcmp(op->method, "PATCH") != 0)
		return;
	op->document = statement_named(
	    arena_printf(l->arena, "%.*s_document", (int)(strlen(op->name) - 6), op->name));
	if (op->document == NULL)
		loading_complain(l, "has no statement that reads the document to patch", op->name);
}

struct operation *
loading_operation(struct loading *l, const char *path, const char *method, const json_t *item,
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
	op->is_page = json_is_true(json_object_get(member, "x-page"));
	op->is_oauth = json_is_true(json_object_get(member, "x-oauth"));
	op->takes_form = op->is_page || op->is_oauth;
	read_body(l, op, json_object_get(member, "requestBody"));
	read_success(l, op, json_object_get(member, "responses"));
	op->is_free = json_is_true(json_object_get(member, "x-free"));
	bind_operation(l, op);
	return op;
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
