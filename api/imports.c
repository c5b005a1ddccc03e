/* imports.c: directories of others; what an import adds or brings back is planned at once. */
#include "api/handlers.h"
#include "api/reply.h"
#include "api/schedules.h"

/* All of it or nothing, the meetings included. */
static enum problem
change_and_plan(struct request *req)
{
	bool is_whole = req->lease != NULL; /* a transaction is around us already */
	enum problem problem;

	if (!is_whole)
		request_begin(req);
	problem = reply_row(req, request_query(req, req->operation->statement));
	if (problem != PROBLEM_NONE)
		return problem;
	schedules_plan(req);
	if (!is_whole)
		request_commit(req);
	return PROBLEM_NONE;
}

enum problem
import_apply(struct request *req)
{
	return change_and_plan(req);
}

enum problem
import_undo(struct request *req)
{
	return change_and_plan(req);
}
