/* rows.c: the one writer from database rows to JSON. */
#include <string.h>

#include "api/rows.h"
#include "core/json.h"
#include "core/sealing.h"
#include "core/secrets.h"

/* A value on its way, sealed or open. */
struct value {
	enum column_type type;
	const char *text;
	size_t length;
};

/* The data key of a row, opened when the first sealed value needs it. */
struct row_key {
	enum { KEY_UNTRIED, KEY_OPEN, KEY_LOST } state;
	struct sealing_key key;
};

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
write_value(struct buffer *out, const struct value *value)
{
	switch (value->type) {
	case COLUMN_TEXT:
	case COLUMN_SEALED: /* nobody has opened it */
		json_write_string(out, value->text, value->length);
		break;
	case COLUMN_INSTANT:
		write_instant(out, value->text, value->length);
		break;
	case COLUMN_BARE:
		write_bare(out, value->text, value->length);
		break;
	case COLUMN_JSON:
		buffer_append(out, value->text, value->length);
	}
}

static bool
open_key(const struct rows *rows, size_t row, struct row_key *key)
{
	if (key->state == KEY_UNTRIED)
		key->state = sealing_key_of_row(rows, row, &key->key) ? KEY_OPEN : KEY_LOST;
	return key->state == KEY_OPEN;
}

/* Puts what is inside in the place of what is sealed. */
static bool
open_value(struct arena *arena, const struct rows *rows, size_t row, const char *name,
    struct row_key *key, struct value *value)
{
	const char *place = rows_text(rows, row, "_row");
	enum sealed_type type;

	if (!open_key(rows, row, key))
		return false;
	if (place == NULL)
		place = rows_text(rows, row, "_person");
	value->text =
	    sealing_open(arena, &key->key, place, name, value->text, &type, &value->length);
	if (value->text == NULL)
		return false;
	value->type = type == SEALED_JSON ? COLUMN_JSON : COLUMN_TEXT;
	return true;
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

static void
write_member(struct buffer *out, size_t start, const char *name, const struct value *value)
{
	if (out->length > start)
		buffer_string(out, ",");
	json_write_string(out, name, strlen(name));
	buffer_string(out, ":");
	write_value(out, value);
}

static struct value
value_of(const struct rows *rows, size_t row, size_t column)
{
	struct value value = { .type = rows_type(rows, column) };

	value.text = rows_value(rows, row, column, &value.length);
	return value;
}

bool
rows_write_object(struct buffer *out, const struct rows *rows, size_t row)
{
	struct row_key key = { KEY_UNTRIED };
	bool is_whole = true;
	size_t start;

	buffer_string(out, "{");
	start = out->length;
	write_members(out, rows, row);
	for (size_t column = 0; column < rows_columns(rows); column++) {
		const char *name = rows_name(rows, column);
		struct value value = value_of(rows, row, column);

		if (name[0] == '_' || value.text == NULL)
			continue;
		if (value.type == COLUMN_SEALED &&
		    !open_value(out->arena, rows, row, name, &key, &value))
			is_whole = false;
		else
			write_member(out, start, name, &value);
	}
	buffer_string(out, "}");
	secrets_forget(&key, sizeof(key));
	return is_whole;
}

void
rows_write_key(struct buffer *out, const struct rows *rows, size_t row)
{
	size_t start;

	buffer_string(out, "[");
	start = out->length;
	for (size_t column = 0; column < rows_columns(rows); column++) {
		struct value value = value_of(rows, row, column);

		if (strncmp(rows_name(rows, column), "_next", 5) != 0)
			continue;
		if (out->length > start)
			buffer_string(out, ",");
		if (value.text == NULL)
			buffer_string(out, "null");
		else
			write_value(out, &value);
	}
	buffer_string(out, "]");
}
