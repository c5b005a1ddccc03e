/* target.c: request targets in parts, decoded. */
#include <jansson.h>
#include <string.h>

#include "api/target.h"

static int
hex_value(char c)
{
	const char *digits = "0123456789abcdef0123456789ABCDEF", *found = strchr(digits, c);

	return c == '\0' || found == NULL ? -1 : (int)((found - digits) % 16);
}

/*
 * Percent-decodes in place; in a query a plus is a space. False for a broken escape, NUL or no
 * UTF-8.
 */
bool
target_decode(char *text, bool plus_is_space)
{
	char *to = text;
	json_t *checked;

	for (const char *from = text; *from != '\0'; from++) {
		if (*from == '%') {
			int high = hex_value(from[1]), low = high < 0 ? -1 : hex_value(from[2]);

			if (low < 0 || (high == 0 && low == 0))
				return false;
			*to++ = (char)(high * 16 + low);
			from += 2;
		} else {
			*to++ = plus_is_space && *from == '+' ? ' ' : *from;
		}
	}
	*to = '\0';
	checked = json_string(text);
	json_decref(checked);
	return checked != NULL;
}

bool
target_split(struct arena *arena, const char *path, char **ret_segments, size_t *ret_count)
{
	char *rest = arena_strdup(arena, path + (path[0] == '/')), *segment;

	*ret_count = 0;
	while ((segment = strsep(&rest, "/")) != NULL) {
		if (*ret_count == TARGET_SEGMENTS_MAX || segment[0] == '\0' ||
		    !target_decode(segment, false) || strcmp(segment, ".") == 0 ||
		    strcmp(segment, "..") == 0)
			return false;
		ret_segments[(*ret_count)++] = segment;
	}
	return true;
}
