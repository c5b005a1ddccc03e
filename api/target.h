/* target.h: request targets in parts, decoded (RFC 3986). */
#ifndef API_TARGET_H
#define API_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"

/*
 * Percent-decodes in place; in a query a plus is a space. False for a broken escape, for NUL, and
 * for what is no UTF-8 then.
 */
bool target_decode(char *text, bool plus_is_space);

#define TARGET_SEGMENTS_MAX 12

/*
 * Splits a path into its decoded segments, at most TARGET_SEGMENTS_MAX. False for what can be no
 * resource of ours: empty segments, dots, bytes that are not UTF-8.
 */
bool target_split(struct arena *arena, const char *path, char **ret_segments, size_t *ret_count);

#endif
