/* templates.c: finds and fills the texts of mails. */
#include <stdbool.h>
#include <string.h>

#include "core/buffer.h"
#include "workers/templates.h"

#define OTHERWISE "de"

static const struct template *
find(const char *name, const char *language)
{
	for (const struct template *t = templates; t->name != NULL; t++)
		if (strcmp(t->name, name) == 0 && strcmp(t->language, language) == 0)
			return t;
	return NULL;
}

static const char *
value_of(const char *name, size_t length, const struct fact *facts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (facts[i].value != NULL && strlen(facts[i].name) == length &&
		    memcmp(facts[i].name, name, length) == 0)
			return facts[i].value;
	return NULL;
}

/* False if a fact is missing. */
static bool
write_paragraph(
    struct buffer *out, const char *text, const char *end, const struct fact *facts, size_t count)
{
	while (text < end) {
		size_t length = strcspn(text, "{}");
		const char *value;

		if (text + length > end)
			length = (size_t)(end - text);
		if (text[length] == '}') {
			if ((value = value_of(text, length, facts, count)) == NULL)
				return false;
			buffer_string(out, value);
		} else {
			buffer_append(out, text, length);
		}
		text += length + 1;
	}
	return true;
}

const struct template *
template_find(const char *name, const char *language)
{
	const struct template *found = find(name, language);

	return found != NULL ? found : find(name, OTHERWISE);
}

const char *
template_fill(struct arena *arena, const char *text, const struct fact *facts, size_t count)
{
	struct buffer out;

	buffer_init(&out, arena, 1024);
	while (*text != '\0') {
		const char *end = strstr(text, "\n\n");
		size_t before = out.length;

		end = end == NULL ? text + strlen(text) : end + 2;
		if (!write_paragraph(&out, text, end, facts, count))
			out.length = before;
		text = end;
	}
	return buffer_text(&out);
}
