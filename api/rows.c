/* rows.c: the one writer from database rows to JSON. */
#include <string.h>

#include "api/rows.h"
#include "core/json.h"

/* "2026-11-25 18:30:00.123456+00" becomes "2026-11-25T18:30:00Z". */
static void
write_instant(struct buffer *out, const char *value, size_t length)
{
	char text[] = "\"0000-00-00T00:00:00Z\"";

	if (length < 19) { /* infinity */
		json_write_string(out, value, length);
		return;
	}
	memcpy(text + 1, value, 19);
	text[11] = 'T';
	buffer_append(out, text, sizeof(text) - 1);
}

/* NaN and Infinity, which JSON has no words for, are null. */
static void
write_bare(struct buffer *out, const char *value, size_t length)
{
	if (value[0] == 't' || value[0] == 'f')
		buffer_string(out, value[0] == 't' ? "true" : "false");
	else if (value[length - 1] < '0' || value[length - 1] > '9')
		buffer_string(out, "null");
	else
		buffer_append(out, value, length);
}

static void
write_value(struct buffer *out, enum column_type type, const char *value, size_t length)
{
	switch (type) {
	case COLUMN_TEXT:
		json_write_string(out, value, length);
		break;
	case COLUMN_INSTANT:
		write_instant(out, value, length);
		break;
	case COLUMN_BARE:
		write_bare(out, value, length);
		break;
	case COLUMN_JSON:
		buffer_append(out, value, length);
	}
}

/* The members of an object that is already JSON, without its braces. */
static void
write_members(struct buffer *out, const struct rows *rows, size_t row)
{
	size_t column = rows_column(rows, "_members"), length;
	const char *object =
	    column < rows_columns(rows) ? rows_value(rows, row, column, &length) : NULL;

	if (object != NULL && length > 2)
		buffer_append(out, object + 1, length - 2);
}

void
rows_write_object(struct buffer *out, const struct rows *rows, size_t row)
{
	size_t start, length;

	buffer_string(out, "{");
	start = out->length;
	write_members(out, rows, row);
	for (size_t column = 0; column < rows_columns(rows); column++) {
		const char *name = rows_name(rows, column);
		const char *value = rows_value(rows, row, column, &length);

		if (name[0] == '_' || value == NULL)
			continue;
		if (out->length > start)
			buffer_string(out, ",");
		json_write_string(out, name, strlen(name));
		buffer_string(out, ":");
		write_value(out, rows_type(rows, column), value, length);
	}
	buffer_string(out, "}");
}

void
rows_write_key(struct buffer *out, const struct rows *rows, size_t row)
{
	size_t start, length;

	buffer_string(out, "[");
	start = out->length;
	for (size_t column = 0; column < rows_columns(rows); column++) {
		const char *value = rows_value(rows, row, column, &length);

		if (strncmp(rows_name(rows, column), "_next", 5) != 0)
			continue;
		if (out->length > start)
			buffer_string(out, ",");
		if (value == NULL)
			buffer_string(out, "null");
		else
			write_value(out, rows_type(rows, column), value, length);
	}
	buffer_string(out, "]");
}
