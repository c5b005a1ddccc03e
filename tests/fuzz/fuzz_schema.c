/* fuzz_schema.c: any value against a rich schema, or against a schema that is itself arbitrary. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "api/json_tree.h"
#include "api/schema.h"

#define MARKER "qzMARKERzq"

/* Bits of the first byte of the input. */
#define SCHEMA_IS_INPUT 1 /* what follows is a schema, NUL, and a value; else it is a value */
#define NUL_IS_ALLOWED  2

/* clang-format off */
static const char rich_text[] =
"{\"x-tree\":{\"type\":\"object\",\"required\":[\"name\",\"a/b~c\"],\"additionalProperties\":false,"
  "\"minProperties\":1,\"maxProperties\":12,\"properties\":{"
  "\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":20,\"pattern\":\"^[^<>]*$\"},"
  "\"a/b~c\":{\"type\":[\"integer\",\"null\"],\"minimum\":-5,\"maximum\":9007199254740993},"
  "\"share\":{\"type\":\"number\",\"exclusiveMinimum\":0,\"exclusiveMaximum\":1.5},"
  "\"status\":{\"enum\":[\"active\",\"paused\",7,null,{\"a\":[1]}]},"
  "\"version\":{\"const\":1},"
  "\"parts\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":5,\"uniqueItems\":true,"
    "\"items\":{\"$ref\":\"#/x-tree\"}},"
  "\"free\":{\"type\":\"object\"},"
  "\"texts\":{\"additionalProperties\":{\"type\":\"string\",\"format\":\"language\"}},"
  "\"cost\":{\"oneOf\":["
    "{\"type\":\"null\"},"
    "{\"properties\":{\"kind\":{\"const\":\"free\"}},\"required\":[\"kind\"],\"type\":\"object\"},"
    "{\"properties\":{\"kind\":{\"enum\":[\"fee\"]},\"amount\":{\"pattern\":\"^(\\\\d+)+$\"}},"
      "\"required\":[\"amount\"],\"type\":\"object\"}]},"
  "\"any\":{\"anyOf\":[{\"$ref\":\"#/x-tree\"},{\"type\":\"array\",\"items\":{\"$ref\":\"#/x-tree\"}},"
    "{\"type\":\"string\",\"maxLength\":3},{\"minimum\":3},{\"maximum\":7}]},"
  "\"all\":{\"allOf\":[{\"type\":\"object\"},{\"properties\":{\"id\":{\"format\":\"uuid\"},"
    "\"on\":{\"format\":\"date\"},\"at\":{\"format\":\"date-time\"},\"for\":{\"format\":\"duration\"},"
    "\"to\":{\"format\":\"uri\"},\"by\":{\"format\":\"idn-email\"},\"in\":{\"format\":\"country\"}}}]},"
  "\"more\":{\"$ref\":\"#/x-tree/properties/parts\",\"description\":\"more\"}}},"
"\"$ref\":\"#/x-tree\"}";
/* clang-format on */

static struct schema *rich;

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static json_t *
load(const char *bytes, size_t length, uint8_t mode)
{
	size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY;

	return json_loadb(
	    bytes, length, flags | (mode & NUL_IS_ALLOWED ? JSON_ALLOW_NUL : 0), NULL);
}

static void
drop(void *value)
{
	json_decref(value);
}

static bool
contains_marker(const char *bytes, size_t length)
{
	const size_t size = strlen(MARKER);

	for (size_t i = 0; i + size <= length; i++)
		if (memcmp(bytes + i, MARKER, size) == 0)
			return true;
	return false;
}

/* Gives every string of the value the marker at its end, except for the names of members. */
static void
plant(json_t *value)
{
	const char *name;
	json_t *inner;
	size_t index;
	char *text;

	if (json_is_string(value)) {
		size_t length = json_string_length(value);

		text = malloc(length + sizeof(MARKER));
		must(text != NULL);
		memcpy(text, json_string_value(value), length);
		memcpy(text + length, MARKER, sizeof(MARKER));
		json_string_setn(value, text, length + strlen(MARKER));
		free(text);
	}
	json_array_foreach(value, index, inner)
		plant(inner);
	json_object_foreach(value, name, inner)
		plant(inner);
}

static void
check_fault(const struct fault *fault, bool marker_is_given)
{
	must(fault->pointer != NULL && fault->parameter == NULL && *fault->code != '\0');
	must(*fault->detail != '\0' && strlen(fault->pointer) < (size_t)33 * 2 * 66);
	must(marker_is_given || strstr(fault->detail, MARKER) == NULL);
	must(marker_is_given || strstr(fault->pointer, MARKER) == NULL);
}

/* The document about the faults must be JSON, whatever names they quote. */
static void
check_document(struct arena *arena, const struct faults *faults)
{
	const struct problem_context context = { .faults = faults };
	struct buffer out;
	json_t *document;

	buffer_init(&out, arena, 0);
	problem_render(&out, PROBLEM_INVALID_BODY, &context);
	document = json_loadb(out.bytes, out.length, JSON_REJECT_DUPLICATES, NULL);
	must(document != NULL);
	json_decref(document);
}

static void
check_value(struct arena *arena, const struct schema *schema, json_t *value, bool marker_is_given)
{
	struct faults *faults = faults_new(arena);

	schema_validate(schema, value, "", faults);
	for (size_t i = 0; i < faults->count && i < FAULTS_MAX; i++)
		check_fault(&faults->items[i], marker_is_given);
	check_document(arena, faults);
}

static const struct schema *
load_schema(struct arena *arena, const char *bytes, size_t length)
{
	json_t *source = load(bytes, length, 0);
	const char *error = NULL;
	struct schema *schema;

	if (source == NULL)
		return NULL;
	arena_defer(arena, drop, source);
	schema = schema_compile(arena, source, source, &error);
	must((schema == NULL) == (error != NULL));
	return schema;
}

static void
run(struct arena *arena, const char *bytes, size_t length)
{
	bool marker_is_given = contains_marker(bytes, length);
	const struct schema *schema = rich;
	uint8_t mode = (uint8_t)*bytes;
	json_t *value;

	bytes++, length--;
	if (mode & SCHEMA_IS_INPUT) {
		size_t half = strnlen(bytes, length);

		schema = load_schema(arena, bytes, half);
		if (schema == NULL || half == length)
			return;
		bytes += half + 1;
		length -= half + 1;
	}
	value = load(bytes, length, mode);
	if (value == NULL)
		return;
	arena_defer(arena, drop, value);
	check_value(arena, schema, value, marker_is_given);
	plant(value);
	check_value(arena, schema, value, marker_is_given);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static struct arena *arena;
	static json_t *source;
	const char *error = NULL;

	(void)argc, (void)argv;
	arena = arena_new();
	source = load(rich_text, strlen(rich_text), 0);
	must(source != NULL);
	rich = schema_compile(arena, source, source, &error);
	must(rich != NULL);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct arena *arena;

	if (length == 0)
		return 0;
	arena = arena_new();
	run(arena, (const char *)bytes, length);
	arena_free(arena);
	return 0;
}
