/* meetings.c: lists of dated meetings, in a range of time. */
#include <string.h>

#include "api/handlers.h"
#include "api/page.h"
#include "api/reply.h"
#include "api/search.h"
#include "api_sql.h"

/* The first page decides on the range: its cursors carry it on. */
static void
bind_range(struct request *req)
{
	struct rows *range;

	request_bind(req, "from", request_parameter(req, "from"));
	request_bind(req, "to", request_parameter(req, "to"));
	range = request_query(req, STATEMENT(RANGE_GET));
	request_bind(req, "from", rows_text(range, 0, "since"));
	request_bind(req, "to", rows_text(range, 0, "until"));
}

static enum problem
bind_sort(struct request *req)
{
	const char *sort = request_parameter(req, "sort");

	if (strcmp(sort, "distance") == 0 && !search_has_place(req)) {
		faults_add_parameter(
		    req->faults, "sort", "conflict", "distance needs near or postcode");
		return PROBLEM_INVALID_PARAMETER;
	}
	request_bind(req, "sort", sort);
	return PROBLEM_NONE;
}

static enum problem
answer(struct request *req, const struct statement *statement)
{
	page_write(req, request_query(req, statement));
	page_end(req);
	return PROBLEM_NONE;
}

enum problem
meetings_list(struct request *req)
{
	enum problem problem = bind_sort(req);

	if (problem != PROBLEM_NONE)
		return problem;
	bind_range(req);
	if (!search_is_narrow(req))
		return answer(req, STATEMENT(MEETINGS_PLAIN));
	search_bind_words(req);
	search_bind_place(req);
	return answer(req, STATEMENT(MEETINGS_SEARCH));
}

/* The format has one array for all of it, and no pages. */
enum problem
meeting_guide_export(struct request *req)
{
	struct rows *rows;

	search_bind_place(req);
	rows = request_query(req, STATEMENT(MEETING_GUIDE_EXPORT));
	buffer_string(&req->reply.body, rows_text(rows, 0, "feed"));
	return PROBLEM_NONE;
}

enum problem
group_meetings_list(struct request *req)
{
	bind_range(req);
	return answer(req, STATEMENT(GROUP_MEETINGS_LIST));
}
