/* feed_cache.c: bodies of feeds by their tags, the one unused for longest going first. */
#include <stdlib.h>
#include <string.h>

#include "api/feed_cache.h"

#define ENTRIES   256
#define BYTES_MAX ((size_t)64 * 1024 * 1024)
#define TAG_SIZE  48

struct body {
	size_t readers; /* and the cache itself */
	size_t length;
	char bytes[];
};

static struct entry {
	char etag[TAG_SIZE];
	struct body *body; /* NULL: free */
	unsigned long used;
} entries[ENTRIES];

static unsigned long uses;
static size_t bytes_held;

static void
let_go(void *held)
{
	struct body *body = held;

	if (--body->readers > 0)
		return;
	bytes_held -= body->length;
	free(body);
}

static void
drop(struct entry *entry)
{
	let_go(entry->body);
	entry->body = NULL;
}

static struct entry *
find(const char *etag)
{
	for (size_t i = 0; i < ENTRIES; i++)
		if (entries[i].body != NULL && strcmp(entries[i].etag, etag) == 0)
			return &entries[i];
	return NULL;
}

/* The one that nobody has used for longest; NULL if there is none. */
static struct entry *
find_oldest(void)
{
	struct entry *oldest = NULL;

	for (size_t i = 0; i < ENTRIES; i++)
		if (entries[i].body != NULL && (oldest == NULL || entries[i].used < oldest->used))
			oldest = &entries[i];
	return oldest;
}

static struct entry *
find_free(void)
{
	for (size_t i = 0; i < ENTRIES; i++)
		if (entries[i].body == NULL)
			return &entries[i];
	return NULL;
}

/* What is still being sent is held until that is done, and counts as long. */
static struct entry *
make_room(size_t length)
{
	struct entry *oldest;

	while ((find_free() == NULL || bytes_held + length > BYTES_MAX) &&
	    (oldest = find_oldest()) != NULL)
		drop(oldest);
	return bytes_held + length > BYTES_MAX ? NULL : find_free();
}

bool
feed_cache_get(const char *etag, struct buffer *ret_body)
{
	struct entry *entry = find(etag);

	if (entry == NULL)
		return false;
	entry->used = ++uses;
	entry->body->readers++;
	arena_defer(ret_body->arena, let_go, entry->body);
	ret_body->bytes = entry->body->bytes;
	ret_body->length = ret_body->capacity = entry->body->length;
	return true;
}

void
feed_cache_put(const char *etag, const struct buffer *body)
{
	struct entry *entry;

	if (strlen(etag) >= TAG_SIZE || body->length > BYTES_MAX / 4 || find(etag) != NULL ||
	    (entry = make_room(body->length)) == NULL ||
	    (entry->body = malloc(sizeof(*entry->body) + body->length)) == NULL)
		return;
	entry->body->readers = 1;
	entry->body->length = body->length;
	memcpy(entry->body->bytes, body->bytes, body->length);
	memcpy(entry->etag, etag, strlen(etag) + 1);
	entry->used = ++uses;
	bytes_held += body->length;
}
