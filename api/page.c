/* page.c: lists in pages, and the cursors between them. */
#include <stdlib.h>
#include <string.h>

#include "api/page.h"
#include "api/reply.h"
#include "api/rows.h"
#include "api/target.h"
#include "core/secrets.h"

#define PAGE_MAX  200
#define SEAL_SIZE ((size_t)16)

/* How a page's size is called: by us, and by FHIR. */
static const char *const size_names[] = { "limit", "_count" };

static bool
is_size(const char *name)
{
	return strcmp(name, size_names[0]) == 0 || strcmp(name, size_names[1]) == 0;
}

/* Everything that decides which rows a list has: a cursor is good for the same list only. */
static const char *
list_identity(struct request *req, const char *path)
{
	const struct operation *op = req->operation;
	struct buffer identity;

	buffer_init(&identity, req->arena, 256);
	buffer_string(&identity, path);
	for (size_t i = 0; i < op->parameter_count; i++) {
		const char *name = op->parameters[i].name;

		if (op->parameters[i].place == IN_HEADER || req->values[i] == NULL ||
		    strcmp(name, "cursor") == 0 || is_size(name))
			continue;
		buffer_printf(&identity, "\n%s=%s", name, req->values[i]);
	}
	return buffer_text(&identity);
}

/* The key of the last row, sealed together with the list it belongs to. */
static const char *
seal_cursor(struct request *req, const char *path, const char *key)
{
	unsigned char hash[SECRETS_HASH_SIZE];
	const char *sealed = arena_printf(req->arena, "%s\n%s", list_identity(req, path), key);
	struct buffer cursor;

	secrets_hash(SECRETS_CURSOR, sealed, strlen(sealed), hash);
	buffer_init(&cursor, req->arena, 0);
	buffer_append(&cursor, (const char *)hash, SEAL_SIZE);
	buffer_string(&cursor, key);
	return secrets_encode(req->arena, cursor.bytes, cursor.length);
}

const char *
page_key(struct request *req, const char *cursor)
{
	size_t length;
	const char *bytes = secrets_decode(req->arena, cursor, &length), *again;

	if (bytes == NULL || length <= SEAL_SIZE)
		return NULL;
	again = seal_cursor(req, req->operation->path,
	    arena_copy(req->arena, bytes + SEAL_SIZE, length - SEAL_SIZE));
	if (strlen(again) != strlen(cursor) || !secrets_equal(again, cursor, strlen(again)))
		return NULL;
	return arena_copy(req->arena, bytes + SEAL_SIZE, length - SEAL_SIZE);
}

const char *
page_cursor(struct request *req, const char *path, const struct rows *rows, size_t row)
{
	struct buffer key;

	buffer_init(&key, req->arena, 0);
	rows_write_key(&key, rows, row);
	return seal_cursor(req, path, buffer_text(&key));
}

static bool
is_cursor(struct arena *arena, const char *pair, size_t length)
{
	char *name = arena_copy(arena, pair, length);

	name[strcspn(name, "=")] = '\0';
	return target_decode(name, true) && strcmp(name, "cursor") == 0;
}

const char *
page_link(struct request *req, const char *cursor)
{
	const char *query = req->message->query;
	struct buffer link;

	buffer_init(&link, req->arena, 256);
	buffer_printf(&link, "%s%s?", req->service->config->base_url, req->message->path);
	while (query != NULL && *query != '\0') {
		size_t length = strcspn(query, "&");

		if (!is_cursor(req->arena, query, length))
			buffer_printf(&link, "%.*s&", (int)length, query);
		query += length + (query[length] == '&');
	}
	buffer_printf(&link, "cursor=%s", cursor);
	return buffer_text(&link);
}

void
page_announce(struct request *req, const char *cursor)
{
	reply_field(req, "Link", "<%s>; rel=\"next\"", page_link(req, cursor));
}

size_t
page_limit(const struct request *req)
{
	const char *size = request_parameter(req, size_names[0]);
	unsigned long wanted;

	if (size == NULL)
		size = request_parameter(req, size_names[1]);
	wanted = size == NULL ? 50 : strtoul(size, NULL, 10);

	return wanted > PAGE_MAX ? PAGE_MAX : wanted;
}

const char *
page_next(struct request *req, const struct rows *rows, size_t count)
{
	size_t limit = page_limit(req);
	const char *cursor;

	if (count <= limit)
		return NULL;
	cursor = page_cursor(req, req->operation->path, rows, limit - 1);
	page_announce(req, cursor);
	return cursor;
}

void
page_write(struct request *req, const struct rows *rows)
{
	size_t limit = page_limit(req), count = rows_count(rows);
	const char *cursor = page_next(req, rows, count);

	buffer_string(&req->reply.body, "{\"items\":[");
	for (size_t row = 0; row < count && row < limit; row++) {
		if (row > 0)
			buffer_string(&req->reply.body, ",");
		reply_object(req, rows, row);
	}
	buffer_string(&req->reply.body, "]");
	if (cursor != NULL)
		buffer_printf(&req->reply.body, ",\"next\":\"%s\"", cursor);
}

void
page_end(struct request *req)
{
	buffer_string(&req->reply.body, "}");
}
