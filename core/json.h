/* json.h: JSON written by hand into a buffer, and looked over before a parser gets it. */
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include <stddef.h>

#include "core/buffer.h"

/* Appends a string with its quotation marks. bytes is valid UTF-8, not NULL, and may contain NUL.
 */
void json_write_string(struct buffer *out, const char *bytes, size_t length);

/*
 * How deep arrays and objects are nested in a text, whether it is valid JSON or not: 0 without any.
 * A parser that recurses needs a stack as deep as this; refuse the text before it is parsed.
 */
size_t json_depth(const char *text, size_t length);

#endif
