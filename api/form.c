/* form.c: what a form of a page sends, as the JSON object that its schema speaks of. */
#include <string.h>
#include <strings.h>

#include "api/form.h"
#include "api/target.h"
#include "api/text_value.h"

struct form {
	struct arena *arena;
	const struct schema *schema;
	json_t *object;
	size_t count;
	const char *error;
};

/* Browsers end lines with CR LF. */
static void
unify_lines(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++)
		if (from[0] != '\r' || from[1] != '\n')
			*to++ = *from;
	*to = '\0';
}

/* What has not the type that its schema wants stays text, and the schema will say so. */
static json_t *
value_of(const struct schema *schema, const char *text)
{
	json_t *value = schema == NULL ? NULL : text_value(schema, text);

	return value == NULL ? json_string(text) : value;
}

static bool
is_list(const struct schema *schema)
{
	const char *type = schema == NULL ? NULL : schema_type(schema);

	return type != NULL && strcmp(type, "array") == 0;
}

/* A member that is given twice and should not be is a list, and the schema will say so. */
static void
add_member(struct form *form, const char *name, const char *text)
{
	const struct schema *schema = schema_member(form->schema, name);
	json_t *known = json_object_get(form->object, name);

	if (known == NULL && !is_list(schema)) {
		json_object_set_new(form->object, name, value_of(schema, text));
		return;
	}
	if (!json_is_array(known)) {
		json_t *list = json_array();

		if (known != NULL)
			json_array_append(list, known);
		json_object_set_new(form->object, name, list);
		known = list;
	}
	json_array_append_new(known, value_of(is_list(schema) ? schema_items(schema) : NULL, text));
}

static void
add_field(struct form *form, const char *name, char *value)
{
	if (++form->count > FORM_FIELDS_MAX) {
		form->error = "There are too many fields.";
		return;
	}
	unify_lines(value);
	if (value[0] != '\0')
		add_member(form, name, value);
}

static void
read_urlencoded(struct form *form, char *rest)
{
	char *pair;

	while (form->error == NULL && (pair = strsep(&rest, "&")) != NULL) {
		char *value = pair, *name = strsep(&value, "=");

		if (name[0] == '\0' && value == NULL)
			continue;
		if (value == NULL)
			value = name + strlen(name);
		if (target_decode(name, true) && target_decode(value, true))
			add_field(form, name, value);
		else
			form->error = "A field is not percent-encoded UTF-8.";
	}
}

/* The name in the head of a part; NULL if there is none. */
static const char *
name_of(struct form *form, const char *head, const char *end)
{
	static const char mark[] = "; name=\"";
	const char *name = memmem(head, (size_t)(end - head), mark, strlen(mark));

	if (name == NULL)
		return NULL;
	name += strlen(mark);
	return arena_copy(form->arena, name, strcspn(name, "\"\r\n"));
}

static bool
is_text(const char *text)
{
	json_t *checked = json_string(text);

	json_decref(checked);
	return checked != NULL;
}

/* One part: its head, an empty line, and the value. */
static void
read_part(struct form *form, const char *part, const char *end)
{
	const char *value = memmem(part, (size_t)(end - part), "\r\n\r\n", 4), *name;
	char *text;

	name = value == NULL ? NULL : name_of(form, part, value);
	text = name == NULL ? NULL : arena_copy(form->arena, value + 4, (size_t)(end - value - 4));
	if (text != NULL && is_text(name) && is_text(text))
		add_field(form, name, text);
	else
		form->error = "A part is no field of a form.";
}

/* What separates parts: CR LF, two hyphens, and the boundary that the media type names. */
static const char *
separator_of(struct form *form, const char *type)
{
	const char *boundary = strcasestr(type, "boundary="), *ends = "; \t";

	if (boundary == NULL)
		return NULL;
	boundary += strlen("boundary=");
	if (boundary[0] == '"') {
		boundary++;
		ends = "\"";
	}
	return arena_printf(form->arena, "\r\n--%.*s", (int)strcspn(boundary, ends), boundary);
}

static void
read_multipart(struct form *form, const char *type, const char *text)
{
	const char *separator = separator_of(form, type), *part, *end;
	size_t length = separator == NULL ? 0 : strlen(separator);

	if (length < sizeof("\r\n--") || strncmp(text, separator + 2, length - 2) != 0) {
		form->error = "The parts are not separated as the media type says.";
		return;
	}
	part = text + length - 2;
	while (form->error == NULL && (end = strstr(part, separator)) != NULL) {
		read_part(form, part, end);
		part = end + length;
	}
}

json_t *
form_read(struct arena *arena, const struct schema *schema, const char *type, const char *text,
    size_t length, const char **ret_error)
{
	struct form form = { .arena = arena, .schema = schema, .object = json_object() };
	char *copy = arena_copy(arena, text, length);

	if (memchr(text, '\0', length) != NULL)
		form.error = "There is a NUL in it.";
	else if (strncasecmp(type, FORM_MULTIPART, strlen(FORM_MULTIPART)) == 0)
		read_multipart(&form, type, copy);
	else
		read_urlencoded(&form, copy);
	if (form.error == NULL)
		return form.object;
	json_decref(form.object);
	*ret_error = form.error;
	return NULL;
}
