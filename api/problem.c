/* problem.c: the table of problems, lists of faults, and both as application/problem+json. */
#include <stdarg.h>
#include <string.h>

#include "api/problem.h"
#include "core/json.h"

static const struct {
	int status;
	const char *slug;
	const char *title;
	const char *help;
} problems[PROBLEM_COUNT] = {
#define X(name, status, slug, title, help) [PROBLEM_##name] = { status, slug, title, help },
	PROBLEMS(X)
#undef X
};

/* What is no problem of ours can only be a mistake of ours. */
static enum problem
known(enum problem problem)
{
	return problem > PROBLEM_NONE && problem < PROBLEM_COUNT ? problem : PROBLEM_INTERNAL;
}

int
problem_status(enum problem problem)
{
	return problems[known(problem)].status;
}

const char *
problem_slug(enum problem problem)
{
	return problems[known(problem)].slug;
}

const char *
problem_title(enum problem problem)
{
	return problems[known(problem)].title;
}

const char *
problem_help(enum problem problem)
{
	return problems[known(problem)].help;
}

enum problem
problem_by_slug(const char *slug)
{
	for (enum problem problem = PROBLEM_NONE + 1; problem < PROBLEM_COUNT; problem++)
		if (strcmp(problems[problem].slug, slug) == 0)
			return problem;
	return PROBLEM_INTERNAL;
}

struct faults *
faults_new(struct arena *arena)
{
	struct faults *faults = arena_alloc(arena, sizeof(*faults));

	faults->arena = arena;
	return faults;
}

/* The next fault to fill in, or NULL if no more are kept. */
static struct fault *
fault_next(struct faults *faults)
{
	size_t index = faults->count++;

	if (faults->items == NULL)
		faults->items = arena_alloc(faults->arena, FAULTS_MAX * sizeof(*faults->items));
	return index < FAULTS_MAX ? &faults->items[index] : NULL;
}

void
faults_add_pointer(
    struct faults *faults, const char *pointer, const char *code, const char *detail, ...)
{
	struct fault *fault = fault_next(faults);
	va_list arguments;

	if (fault == NULL)
		return;
	va_start(arguments, detail);
	fault->pointer = arena_strdup(faults->arena, pointer);
	fault->code = code;
	fault->detail = arena_vprintf(faults->arena, detail, arguments);
	va_end(arguments);
}

void
faults_add_parameter(
    struct faults *faults, const char *parameter, const char *code, const char *detail, ...)
{
	struct fault *fault = fault_next(faults);
	va_list arguments;

	if (fault == NULL)
		return;
	va_start(arguments, detail);
	fault->parameter = arena_strdup(faults->arena, parameter);
	fault->code = code;
	fault->detail = arena_vprintf(faults->arena, detail, arguments);
	va_end(arguments);
}

static void
write_name(struct buffer *out, const char *name)
{
	if (out->bytes[out->length - 1] != '{')
		buffer_string(out, ",");
	json_write_string(out, name, strlen(name));
	buffer_string(out, ":");
}

static void
write_member(struct buffer *out, const char *name, const char *value)
{
	if (value == NULL)
		return;
	write_name(out, name);
	json_write_string(out, value, strlen(value));
}

static void
write_type(struct buffer *out, const char *base_url, const char *slug)
{
	if (base_url == NULL)
		base_url = "";
	write_member(out, "type", arena_printf(out->arena, "%s/problems/%s", base_url, slug));
}

static void
write_fault(struct buffer *out, const struct fault *fault)
{
	buffer_string(out, "{");
	write_member(out, "pointer", fault->pointer);
	write_member(out, "parameter", fault->parameter);
	write_member(out, "code", fault->code);
	write_member(out, "detail", fault->detail);
	buffer_string(out, "}");
}

static void
write_faults(struct buffer *out, const struct faults *faults)
{
	if (faults == NULL || faults->count == 0)
		return;
	write_name(out, "errors");
	for (size_t i = 0; i < faults->count && i < FAULTS_MAX; i++) {
		buffer_string(out, i == 0 ? "[" : ",");
		write_fault(out, &faults->items[i]);
	}
	buffer_string(out, "]");
}

void
problem_render(struct buffer *out, enum problem problem, const struct problem_context *context)
{
	buffer_string(out, "{");
	write_type(out, context->base_url, problem_slug(problem));
	write_member(out, "title", problem_title(problem));
	write_name(out, "status");
	buffer_printf(out, "%d", problem_status(problem));
	write_member(out, "detail", context->detail);
	write_member(out, "instance", context->instance);
	write_member(out, "request_id", context->request_id);
	write_faults(out, context->faults);
	buffer_string(out, "}");
}
