/* parameters.c: everything outside the body, decoded, checked and bound. */
#include <string.h>

#include "api/parameters.h"
#include "api/negotiation.h"
#include "api/page.h"
#include "api/target.h"
#include "api/text_value.h"

#define LIST_MAX 50 /* values of one repeated parameter */

struct given {
	size_t count;
	const char *values[LIST_MAX + 1]; /* one too many, so that the schema sees it */
};

/* Checks a value; its faults are told by the parameter's name, for nothing points into it. */
static void
check(struct request *req, const struct parameter *parameter, json_t *value)
{
	struct faults *faults = faults_new(req->arena);

	if (value == NULL) {
		faults_add_parameter(req->faults, parameter->name, "type", "must be a valid %s",
		    schema_type(parameter->schema));
		return;
	}
	schema_validate(parameter->schema, value, "", faults);
	json_decref(value);
	for (size_t i = 0; i < faults->count && i < FAULTS_MAX; i++)
		faults_add_parameter(req->faults, parameter->name, faults->items[i].code, "%s",
		    faults->items[i].detail);
}

static json_t *
typed_list(const struct schema *items, const struct given *given)
{
	json_t *list = json_array();

	for (size_t i = 0; i < given->count; i++) {
		if (json_array_append_new(list, text_value(items, given->values[i])) == 0)
			continue;
		json_decref(list);
		return NULL;
	}
	return list;
}

/* Several values as a PostgreSQL array literal. */
static const char *
array_literal(struct arena *arena, const struct given *given)
{
	struct buffer out;

	buffer_init(&out, arena, 128);
	buffer_string(&out, "{");
	for (size_t i = 0; i < given->count; i++) {
		buffer_string(&out, i == 0 ? "\"" : ",\"");
		for (const char *c = given->values[i]; *c != '\0'; c++) {
			if (*c == '"' || *c == '\\')
				buffer_string(&out, "\\");
			buffer_append(&out, c, 1);
		}
		buffer_string(&out, "\"");
	}
	buffer_string(&out, "}");
	return buffer_text(&out);
}

static void
split_commas(struct arena *arena, struct given *given)
{
	char *rest = arena_strdup(arena, given->values[0]), *part;

	given->count = 0;
	while ((part = strsep(&rest, ",")) != NULL && given->count <= LIST_MAX)
		given->values[given->count++] = part;
}

static void
bind_parameter(struct request *req, size_t index, struct given *given)
{
	const struct parameter *parameter = &req->operation->parameters[index];
	bool is_list = parameter->is_list;

	if (given->count == 0) {
		req->values[index] = parameter->otherwise;
		if (parameter->required)
			faults_add_parameter(req->faults, parameter->name, "required", "is needed");
		return;
	}
	if (given->count > 1 && (!is_list || parameter->comma_listed)) {
		faults_add_parameter(
		    req->faults, parameter->name, "repeated", "must be given only once");
		return;
	}
	if (parameter->comma_listed)
		split_commas(req->arena, given);
	check(req, parameter,
	    is_list ? typed_list(schema_items(parameter->schema), given) :
		      text_value(parameter->schema, given->values[0]));
	req->values[index] = is_list ? array_literal(req->arena, given) : given->values[0];
}

static struct given *
query_parameter(struct request *req, struct given *all, const char *name)
{
	for (size_t i = 0; i < req->operation->parameter_count; i++)
		if (req->operation->parameters[i].place == IN_QUERY &&
		    strcmp(req->operation->parameters[i].name, name) == 0)
			return &all[i];
	return NULL;
}

/* The name of a parameter nobody knows, short enough to be told. */
static const char *
short_name(struct request *req, const char *name)
{
	size_t length = strlen(name) < 64 ? strlen(name) : 64;

	while (length > 0 && ((unsigned char)name[length] & 0xc0) == 0x80)
		length--;
	return arena_copy(req->arena, name, length);
}

static void
read_query(struct request *req, struct given *all)
{
	char *rest =
	    req->message->query == NULL ? NULL : arena_strdup(req->arena, req->message->query);
	char *pair;

	while ((pair = strsep(&rest, "&")) != NULL) {
		char *value = pair, *name = strsep(&value, "=");
		struct given *given;

		if (name[0] == '\0' && value == NULL)
			continue;
		if (!target_decode(name, true) || (value != NULL && !target_decode(value, true))) {
			faults_add_parameter(
			    req->faults, "query", "encoding", "must be percent-encoded UTF-8");
			continue;
		}
		given = query_parameter(req, all, name);
		if (given == NULL)
			faults_add_parameter(req->faults, short_name(req, name),
			    "unknown_parameter", "is not a parameter here");
		else if (given->count == LIST_MAX)
			faults_add_parameter(req->faults, short_name(req, name), "too_many_items",
			    "must not be given more than %d times", LIST_MAX);
		else
			given->values[given->count++] = value == NULL ? "" : value;
	}
}

/* With or without the quotation marks of a structured field (RFC 8941). */
static const char *
unquoted(struct request *req, const char *value)
{
	size_t length = strlen(value);

	return length >= 2 && value[0] == '"' && value[length - 1] == '"' ?
	    arena_copy(req->arena, value + 1, length - 2) :
	    value;
}

static void
read_key(struct request *req, struct given *given)
{
	given->count = http_message_count(req->message, "idempotency-key");
	if (given->count > 0)
		given->values[0] =
		    unquoted(req, http_message_field(req->message, "idempotency-key"));
}

/* A segment that breaks its schema is no resource. */
static bool
read_path(struct request *req)
{
	const struct operation *op = req->operation;
	size_t next = 0;

	for (size_t i = 0; i < op->parameter_count; i++) {
		if (op->parameters[i].place != IN_PATH)
			continue;
		req->values[i] = req->path_values[next++];
		check(
		    req, &op->parameters[i], text_value(op->parameters[i].schema, req->values[i]));
	}
	if (req->faults->count == 0)
		return true;
	req->faults = NULL;
	return false;
}

static void
read_cursor(struct request *req)
{
	const char *cursor = request_parameter(req, "cursor"), *key = NULL;

	if (cursor != NULL && (key = page_key(req, cursor)) == NULL)
		request_fail(req, PROBLEM_INVALID_CURSOR);
	request_bind(req, "after", key);
	request_bind(req, "limit", arena_printf(req->arena, "%zu", page_limit(req)));
}

enum problem
parameters_read(struct request *req)
{
	const struct operation *op = req->operation;
	struct given *all;

	negotiate_language(req);
	if (op == NULL)
		return PROBLEM_NONE;
	req->faults = faults_new(req->arena);
	if (!read_path(req))
		return PROBLEM_NOT_FOUND;
	if ((req->reply.type = negotiate_type(req)) == NULL)
		return PROBLEM_NOT_ACCEPTABLE;
	all = arena_alloc(req->arena, op->parameter_count * sizeof(*all));
	read_query(req, all);
	for (size_t i = 0; i < op->parameter_count; i++) {
		bool is_key = strcmp(op->parameters[i].name, "Idempotency-Key") == 0;

		if (is_key)
			read_key(req, &all[i]);
		if (is_key || op->parameters[i].place == IN_QUERY)
			bind_parameter(req, i, &all[i]);
	}
	if (req->faults->count > 0)
		return PROBLEM_INVALID_PARAMETER;
	if (op->manner == LIST || op->manner == BUNDLE)
		read_cursor(req);
	return negotiate_revision(req);
}
