/* text_value.h: text as the JSON value that a schema speaks of. */
#ifndef API_TEXT_VALUE_H
#define API_TEXT_VALUE_H

#include <jansson.h>

#include "api/schema.h"

/* A new reference; NULL if the text cannot be such a value, or is not UTF-8. */
json_t *text_value(const struct schema *schema, const char *text);

#endif
