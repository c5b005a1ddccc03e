/* fuzz_form.c: any bytes as a form: JSON that can be written, and a page that shows it again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/form.h"
#include "api/layout.h"

static const char schema_text[] =
    "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
    "\"a\":{\"type\":\"string\",\"maxLength\":5},\"b\":{\"type\":\"integer\"},"
    "\"c\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}";
static const char *const words[] = { "Wort", "word" };
static const struct option options[] = { { "1", words }, { "2", words } };

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
json_free(void *json)
{
	json_decref(json);
}

/* Whatever was typed in, the page has the tags that we wrote and no others. */
static void
check_page(struct arena *arena, const json_t *form, const struct faults *faults)
{
	struct buffer out;
	struct layout layout = { .out = &out, .typed = form, .faults = faults };
	const char *page;
	size_t tags = 0;

	buffer_init(&out, arena, 0);
	layout_area(&layout, &(struct field){ .name = "a", .label = words });
	layout_choices(&layout, &(struct field){ .name = "c", .label = words }, options, 2);
	page = buffer_text(&out);
	for (const char *c = page; *c != '\0'; c++)
		tags += *c == '<';
	must(tags ==
	    20 + 2 * (size_t)(strstr(page, " id=\"a-fault\"") != NULL) +
		2 * (size_t)(strstr(page, " id=\"c-fault\"") != NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *arena = arena_new();
	json_t *document = json_loads(schema_text, 0, NULL), *form;
	const char *error = NULL;
	const struct schema *schema = schema_compile(arena, document, document, &error);
	struct faults *faults = faults_new(arena);
	const char *type =
	    size > 0 && bytes[0] % 2 == 0 ? FORM_URLENCODED : FORM_MULTIPART "; boundary=x";

	form = form_read(arena, schema, type, (const char *)bytes, size, &error);
	must((form == NULL) == (error != NULL));
	if (form != NULL) {
		char *text = json_dumps(form, JSON_COMPACT);

		must(text != NULL);
		free(text);
		arena_defer(arena, json_free, form);
		schema_validate(schema, form, "", faults);
		check_page(arena, form, faults);
	}
	arena_free(arena);
	json_decref(document);
	return 0;
}
