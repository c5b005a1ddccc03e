/* parts.c: a mail taken apart by its empty lines and boundaries. */
#include <stdbool.h>
#include <string.h>

#include "admin/parts.h"

/* Takes the bytes up to the end of the line; false if there are none. */
static bool
take_line(struct slice *rest, struct slice *ret_line)
{
	const char *end = rest->length == 0 ? NULL : memchr(rest->at, '\n', rest->length);

	*ret_line = *rest;
	if (end != NULL)
		ret_line->length = (size_t)(end - rest->at) + 1;
	rest->at += ret_line->length;
	rest->length -= ret_line->length;
	return ret_line->length > 0;
}

static bool
is_blank(struct slice line)
{
	for (size_t i = 0; i < line.length; i++)
		if (strchr(" \t\r\n", line.at[i]) == NULL || line.at[i] == '\0')
			return false;
	return true;
}

struct slice
parts_header(struct slice bytes, struct slice *ret_rest)
{
	struct slice header = { bytes.at, 0 }, line;

	while (take_line(&bytes, &line) && !is_blank(line))
		header.length += line.length;
	*ret_rest = bytes;
	return header;
}

/* Whether a line parts two parts (RFC 2046, section 5.1.1). */
static bool
is_boundary(struct slice line, const char *boundary)
{
	size_t length = strlen(boundary);

	if (line.length < 2 + length || memcmp(line.at, "--", 2) != 0 ||
	    memcmp(line.at + 2, boundary, length) != 0)
		return false;
	line.at += 2 + length;
	line.length -= 2 + length;
	if (line.length >= 2 && memcmp(line.at, "--", 2) == 0)
		line = (struct slice){ line.at + 2, line.length - 2 };
	return is_blank(line);
}

struct slice
parts_take(struct slice *rest, const char *boundary)
{
	struct slice part = { rest->at, 0 }, line;

	while (take_line(rest, &line) && !is_boundary(line, boundary))
		part.length += line.length;
	return part;
}
