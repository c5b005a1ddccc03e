/* json_tree.c: pointers written and followed, depth measured, items compared by their texts. */
#include <stdlib.h>
#include <string.h>

#include "api/json_tree.h"
#include "core/buffer.h"

#define NAME_LIMIT 64

/* The length of as many whole characters of a name as a pointer shows. */
static size_t
shown_length(const char *name)
{
	size_t length = strnlen(name, NAME_LIMIT + 1);

	if (length <= NAME_LIMIT)
		return length;
	length = NAME_LIMIT;
	while (length > 0 && ((unsigned char)name[length] & 0xC0) == 0x80)
		length--;
	return length;
}

static void
write_name(struct buffer *out, const char *name)
{
	size_t length = shown_length(name);

	buffer_string(out, "/");
	for (size_t i = 0; i < length; i++) {
		if (name[i] == '~')
			buffer_string(out, "~0");
		else if (name[i] == '/')
			buffer_string(out, "~1");
		else
			buffer_append(out, &name[i], 1);
	}
}

static void
write_place(struct buffer *out, const struct place *place)
{
	if (place->parent == NULL) {
		buffer_string(out, place->name);
		return;
	}
	write_place(out, place->parent);
	if (place->name != NULL)
		write_name(out, place->name);
	else
		buffer_printf(out, "/%zu", place->index);
}

char *
place_pointer(struct arena *arena, const struct place *place)
{
	struct buffer out;

	buffer_init(&out, arena, 0);
	write_place(&out, place);
	return buffer_text(&out);
}

/* Reads one token after its slash; what follows it is returned, NULL if the token is none. */
static const char *
read_token(const char *pointer, char *token, size_t size)
{
	while (*pointer != '\0' && *pointer != '/') {
		char byte = *pointer++;

		if (byte == '~') {
			if (*pointer != '0' && *pointer != '1')
				return NULL;
			byte = *pointer++ == '0' ? '~' : '/';
		}
		if (--size == 0)
			return NULL;
		*token++ = byte;
	}
	*token = '\0';
	return pointer;
}

static const json_t *
item_at(const json_t *array, const char *token)
{
	char *end;
	unsigned long index;

	if (*token < '0' || *token > '9' || (token[0] == '0' && token[1] != '\0'))
		return NULL;
	index = strtoul(token, &end, 10);
	return *end == '\0' ? json_array_get(array, index) : NULL;
}

const json_t *
json_at(const json_t *document, const char *pointer)
{
	char token[256];

	while (document != NULL && *pointer == '/') {
		pointer = read_token(pointer + 1, token, sizeof(token));
		if (pointer == NULL)
			return NULL;
		document = json_is_array(document) ? item_at(document, token) :
						     json_object_get(document, token);
	}
	return *pointer == '\0' ? document : NULL;
}

bool
json_is_deeper(const json_t *value, size_t levels)
{
	const char *name;
	json_t *inner;
	size_t index;

	if (!json_is_array(value) && !json_is_object(value))
		return false;
	if (levels == 0)
		return true;
	json_array_foreach(value, index, inner)
		if (json_is_deeper(inner, levels - 1))
			return true;
	json_object_foreach(json_walkable(value), name, inner)
		if (json_is_deeper(inner, levels - 1))
			return true;
	return false;
}

struct text {
	const char *bytes;
	size_t length;
};

static int
append_text(const char *bytes, size_t size, void *out)
{
	buffer_append(out, bytes, size);
	return 0;
}

/* Writes the items as texts that are the same for equal values. Without memory the process ends. */
static void
write_texts(struct buffer *out, const json_t *array, struct text *texts)
{
	const size_t flags = JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS;
	size_t count = json_array_size(array), start = 0;

	for (size_t i = 0; i < count; i++) {
		if (json_dump_callback(json_array_get(array, i), append_text, out, flags) != 0)
			abort();
		texts[i].length = out->length - start;
		start = out->length;
	}
	for (size_t i = 0; i < count; i++)
		texts[i].bytes = i == 0 ? out->bytes : texts[i - 1].bytes + texts[i - 1].length;
}

static int
compare_texts(const void *left, const void *right)
{
	const struct text *a = left, *b = right;

	if (a->length != b->length)
		return a->length < b->length ? -1 : 1;
	return memcmp(a->bytes, b->bytes, a->length);
}

bool
json_items_differ(const json_t *array)
{
	size_t count = json_array_size(array);
	struct arena *arena = arena_new();
	struct text *texts = arena_alloc(arena, count * sizeof(*texts));
	struct buffer out;
	bool differ = true;

	buffer_init(&out, arena, 0);
	write_texts(&out, array, texts);
	qsort(texts, count, sizeof(*texts), compare_texts);
	for (size_t i = 1; i < count && differ; i++)
		differ = compare_texts(&texts[i - 1], &texts[i]) != 0;
	arena_free(arena);
	return differ;
}
