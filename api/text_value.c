/* text_value.c: text as the JSON value that a schema speaks of. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/text_value.h"

static json_t *
number(const char *type, const char *text)
{
	char *end = NULL;
	long long integer;
	double real;

	errno = 0;
	if (text[strspn(text, "-0123456789.")] != '\0' || text[0] == '\0')
		return NULL;
	if (strcmp(type, "integer") == 0) {
		integer = strtoll(text, &end, 10); /* what is too large counts as the largest */
		return *end == '\0' ? json_integer(integer) : NULL;
	}
	real = strtod(text, &end);
	return errno == 0 && *end == '\0' && isfinite(real) ? json_real(real) : NULL;
}

json_t *
text_value(const struct schema *schema, const char *text)
{
	const char *type = schema_type(schema);

	if (type == NULL || strcmp(type, "string") == 0)
		return json_string(text);
	if (strcmp(type, "boolean") == 0)
		return strcmp(text, "true") == 0 ? json_true() :
		    strcmp(text, "false") == 0   ? json_false() :
						   NULL;
	return number(type, text);
}
