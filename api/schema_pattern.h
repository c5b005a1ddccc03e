/* schema_pattern.h: regular expressions as ECMA-262 writes them, with a limit to their work. */
#ifndef API_SCHEMA_PATTERN_H
#define API_SCHEMA_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"

struct pattern;

/* Compiles an expression, which is borrowed; NULL, and why in *ret_error, if it is none. */
struct pattern *pattern_compile(
    struct arena *arena, const char *expression, const char **ret_error);

/* True if the expression is found anywhere in the text, within the limit. */
bool pattern_matches(const struct pattern *pattern, const char *bytes, size_t length);

/* The expression as it was written. */
const char *pattern_expression(const struct pattern *pattern);

#endif
