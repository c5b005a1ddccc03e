/* parameters.c: everything outside the body, decoded, checked and bound. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/parameters.h"
#include "api/target.h"
#include "api/negotiation.h"
#include "api/page.h"

#define LIST_MAX 50 /* values of one repeated parameter */

struct given {
	size_t count;
	const char *values[LIST_MAX];
};

/* A text as the JSON value that its schema speaks of; NULL if it cannot be one. */
static json_t *
typed(const struct schema *schema, const char *text)
{
	const char *type = schema_type(schema);
	char *end = NULL;
	long long integer;
	double number;

	if (type != NULL && strcmp(type, "boolean") == 0)
		return strcmp(text, "true") == 0 ? json_true() :
		    strcmp(text, "false") == 0   ? json_false() :
						   NULL;
	if (type == NULL || strcmp(type, "string") == 0)
		return json_string(text);
	errno = 0;
	if (text[strspn(text, "-0123456789.")] != '\0' || text[0] == '\0')
		return NULL;
	if (strcmp(type, "integer") == 0) {
		integer = strtoll(text, &end, 10);
		return errno == 0 && *end == '\0' ? json_integer(integer) : NULL;
	}
	number = strtod(text, &end);
	return errno == 0 && *end == '\0' && isfinite(number) ? json_real(number) : NULL;
}

/*
 * Checks one value; its faults are told by the parameter's name, for there is no pointer into it.
 */
static void
check_value(struct request *req, const struct parameter *parameter, const struct schema *schema,
    const char *text)
{
	struct faults *faults = faults_new(req->arena);
	json_t *value = typed(schema, text);

	if (value == NULL) {
		faults_add_parameter(req->faults, parameter->name, "type", "must be a valid %s",
		    schema_type(schema));
		return;
	}
	schema_validate(schema, value, "", faults);
	json_decref(value);
	for (size_t i = 0; i < faults->count && i < FAULTS_MAX; i++)
		faults_add_parameter(req->faults, parameter->name, faults->items[i].code, "%s",
		    faults->items[i].detail);
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
	while ((part = strsep(&rest, ",")) != NULL && given->count < LIST_MAX)
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
	for (size_t i = 0; i < given->count; i++)
		check_value(req, parameter,
		    is_list ? schema_items(parameter->schema) : parameter->schema,
		    given->values[i]);
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

static const char *
lower(struct arena *arena, const char *name)
{
	char *copy = arena_strdup(arena, name);

	for (char *c = copy; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return copy;
}

static void
read_fields(struct request *req, struct given *all)
{
	const struct operation *op = req->operation;

	for (size_t i = 0; i < op->parameter_count; i++) {
		const char *value;

		if (op->parameters[i].place != IN_HEADER)
			continue;
		value = http_message_field(req->message, lower(req->arena, op->parameters[i].name));
		if (value != NULL)
			all[i].values[all[i].count++] = value;
	}
}

/* A segment that breaks its schema is no resource. */
static bool
read_path(struct request *req)
{
	const struct operation *op = req->operation;
	size_t next = 0;

	for (size_t i = 0; i < op->parameter_count; i++) {
		struct faults *outer = req->faults;
		bool fits;

		if (op->parameters[i].place != IN_PATH)
			continue;
		req->values[i] = req->path_values[next++];
		req->faults = faults_new(req->arena);
		check_value(req, &op->parameters[i], op->parameters[i].schema, req->values[i]);
		fits = req->faults->count == 0;
		req->faults = outer;
		if (!fits)
			return false;
	}
	return true;
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
	if (!negotiate_type(req))
		return PROBLEM_NOT_ACCEPTABLE;
	all = arena_alloc(req->arena, op->parameter_count * sizeof(*all));
	read_query(req, all);
	read_fields(req, all);
	for (size_t i = 0; i < op->parameter_count; i++)
		if (op->parameters[i].place != IN_PATH &&
		    strcmp(op->parameters[i].name, "If-Match") != 0)
			bind_parameter(req, i, &all[i]);
	if (req->faults->count > 0)
		return PROBLEM_INVALID_PARAMETER;
	if (op->manner == GET_LIST)
		read_cursor(req);
	return negotiate_revision(req);
}
