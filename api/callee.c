/* callee.c: whether a URL may be called, as far as it shows. */
#include "api/callee.h"
#include "core/reach.h"

void
callee_check(struct request *req, const char *member)
{
	const char *url = json_string_value(json_object_get(req->body, member)), *fault;
	struct reach_exceptions exceptions = { .count = 0 };

	reach_read(req->service->config->outside_allow, &exceptions);
	if (url == NULL || (fault = reach_url_fault(&exceptions, url)) == NULL)
		return;
	faults_add_pointer(
	    req->faults, arena_printf(req->arena, "/%s", member), "unreachable", "%s", fault);
	request_fail(req, PROBLEM_INVALID_BODY);
}
