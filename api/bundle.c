/* bundle.c: a page of a list as FHIR has it. */
#include <string.h>

#include "api/bundle.h"
#include "api/page.h"
#include "api/reply.h"
#include "core/json.h"

static bool
is_included(const struct rows *rows, size_t row)
{
	const char *included = rows_text(rows, row, "_included");

	return included != NULL && included[0] == 't';
}

static size_t
count_matches(const struct rows *rows)
{
	size_t count = 0;

	while (count < rows_count(rows) && !is_included(rows, count))
		count++;
	return count;
}

static void
write_link(struct buffer *out, const char *relation, const char *url)
{
	buffer_printf(out, "{\"relation\":\"%s\",\"url\":", relation);
	json_write_string(out, url, strlen(url));
	buffer_string(out, "}");
}

static void
write_links(struct request *req, const char *cursor)
{
	const struct http_message *message = req->message;
	struct buffer *out = &req->reply.body;
	bool asks = message->query != NULL && message->query[0] != '\0';

	buffer_string(out, ",\"link\":[");
	write_link(out, "self",
	    arena_printf(req->arena, "%s%s%s%s", req->service->config->base_url, message->path,
		asks ? "?" : "", asks ? message->query : ""));
	if (cursor != NULL) {
		buffer_string(out, ",");
		write_link(out, "next", page_link(req, cursor));
	}
	buffer_string(out, "]");
}

/* Without entries there is no such member: FHIR has no empty arrays. */
static void
write_entries(struct request *req, const struct rows *rows, size_t matches)
{
	const char *before = ",\"entry\":[";
	bool is_empty = true;

	for (size_t row = 0; row < rows_count(rows); row++) {
		if (row < matches && row >= page_limit(req))
			continue;
		buffer_string(&req->reply.body, is_empty ? before : ",");
		reply_object(req, rows, row);
		is_empty = false;
	}
	if (!is_empty)
		buffer_string(&req->reply.body, "]");
}

void
bundle_write(struct request *req, const struct rows *rows)
{
	size_t matches = count_matches(rows);

	buffer_string(&req->reply.body, "{\"resourceType\":\"Bundle\",\"type\":\"searchset\"");
	write_links(req, page_next(req, rows, matches));
	write_entries(req, rows, matches);
	buffer_string(&req->reply.body, "}");
}
