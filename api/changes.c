/* changes.c: following all that changes: the whole as it is, and what comes after it. */
#include <string.h>

#include "api/handlers.h"
#include "api/page.h"
#include "api/reply.h"
#include "api_sql.h"

#define CHANGES_PATH "/v1/changes"

/*
 * Unlike that of other lists, the last page has a next one: of what is yet to come. It is no part
 * of the tag, so that whoever asks in vain is told so by a 304, and goes on with the cursor it has.
 */
enum problem
changes_list(struct request *req)
{
	struct rows *rows = request_query(req, STATEMENT(CHANGES_LIST));
	const char *cursor = page_cursor(req, CHANGES_PATH, rows, 0);

	reply_row_of(req, rows, 0);
	reply_member(req, "next", cursor);
	page_announce(req, cursor);
	return PROBLEM_NONE;
}

/* The last line of a page is where to go on: in the export, and at its end in the changes. */
enum problem
export_get(struct request *req)
{
	struct rows *rows = request_query(req, STATEMENT(EXPORT_GET));
	bool is_last = strcmp(rows_text(rows, 0, "is_last"), "t") == 0;
	const char *path = is_last ? CHANGES_PATH : req->operation->path;
	const char *cursor = page_cursor(req, path, rows, 0), *lines = rows_text(rows, 0, "lines");

	if (lines != NULL) {
		buffer_string(&req->reply.body, lines);
		buffer_string(&req->reply.body, "\n");
	}
	buffer_printf(&req->reply.body, "{\"%s\":\"%s\"}\n", is_last ? "changes" : "next", cursor);
	if (!is_last)
		page_announce(req, cursor);
	return PROBLEM_NONE;
}
