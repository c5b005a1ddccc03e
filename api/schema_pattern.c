/* schema_pattern.c: PCRE2, set to read what ECMA-262 writes and to give up early. */
#define PCRE2_CODE_UNIT_WIDTH 8

#include <stdlib.h>
#include <string.h>

#include <pcre2.h>

#include "api/schema_pattern.h"

#define MATCH_LIMIT    20000
#define HEAP_LIMIT_KIB 4096

#define OPTIONS                                                                                 \
	(PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_DOLLAR_ENDONLY | PCRE2_ALLOW_EMPTY_CLASS | \
	    PCRE2_MATCH_UNSET_BACKREF)

struct pattern {
	const char *expression;
	pcre2_code *code;
	pcre2_match_data *match;
	pcre2_match_context *limits;
};

static void
pattern_release(void *object)
{
	struct pattern *pattern = object;

	pcre2_match_context_free(pattern->limits);
	pcre2_match_data_free(pattern->match);
	pcre2_code_free(pattern->code);
}

static const char *
error_text(struct arena *arena, int number)
{
	unsigned char text[120];

	pcre2_get_error_message(number, text, sizeof(text));
	return arena_strdup(arena, (const char *)text);
}

static void *
must(void *object)
{
	if (object == NULL)
		abort();
	return object;
}

static pcre2_code *
compile_code(const char *expression, int *error)
{
	pcre2_compile_context *context = must(pcre2_compile_context_create(NULL));
	size_t offset;
	pcre2_code *code;

	pcre2_set_compile_extra_options(context, PCRE2_EXTRA_ALT_BSUX);
	code = pcre2_compile(
	    (PCRE2_SPTR)expression, strlen(expression), OPTIONS, error, &offset, context);
	pcre2_compile_context_free(context);
	return code;
}

struct pattern *
pattern_compile(struct arena *arena, const char *expression, const char **ret_error)
{
	struct pattern *pattern = arena_alloc(arena, sizeof(*pattern));
	int error;

	pattern->expression = expression;
	pattern->code = compile_code(expression, &error);
	if (pattern->code == NULL) {
		*ret_error = error_text(arena, error);
		return NULL;
	}
	arena_defer(arena, pattern_release, pattern);
	pattern->match = must(pcre2_match_data_create(1, NULL));
	pattern->limits = must(pcre2_match_context_create(NULL));
	pcre2_set_match_limit(pattern->limits, MATCH_LIMIT);
	pcre2_set_heap_limit(pattern->limits, HEAP_LIMIT_KIB);
	return pattern;
}

bool
pattern_matches(const struct pattern *pattern, const char *bytes, size_t length)
{
	return pcre2_match(pattern->code, (PCRE2_SPTR)bytes, length, 0, 0, pattern->match,
		   pattern->limits) >= 0;
}

const char *
pattern_expression(const struct pattern *pattern)
{
	return pattern->expression;
}
