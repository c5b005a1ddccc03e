/* form.h: what a form of a page sends, as the JSON object that its schema speaks of. */
#ifndef API_FORM_H
#define API_FORM_H

#include <jansson.h>

#include "api/schema.h"
#include "core/arena.h"

#define FORM_FIELDS_MAX 100

/* The media types of forms (HTML, section 4.10.21.8; RFC 7578). */
#define FORM_URLENCODED "application/x-www-form-urlencoded"
#define FORM_MULTIPART  "multipart/form-data"

/*
 * A new object, not yet validated. Each field has the type that the schema gives it, or stays text;
 * what is given several times is an array; what is empty is absent. Lines end with a line feed.
 * type is the Content-Type as it came. NULL if the text is no such form, and *ret_error says why.
 */
json_t *form_read(struct arena *arena, const struct schema *schema, const char *type,
    const char *text, size_t length, const char **ret_error);

#endif
