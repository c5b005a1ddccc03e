/* root.c: where everything is, the contract, and what the operator asks. */
#include <string.h>

#include "api/assets.h"
#include "api/handlers.h"
#include "api/reply.h"
#include "api_sql.h"

enum problem
root_get(struct request *req)
{
	const char *base = req->service->config->base_url;

	buffer_printf(&req->reply.body,
	    "{\"name\":\"Runde\",\"version\":\"%s\",\"links\":{"
	    "\"topics\":\"%s/v1/topics\",\"organisations\":\"%s/v1/organisations\","
	    "\"groups\":\"%s/v1/groups\",\"holidays\":\"%s/v1/holidays\","
	    "\"openapi\":\"%s/v1/openapi.json\",\"docs\":\"%s/docs\"}}",
	    req->service->contract->version, base, base, base, base, base, base);
	return PROBLEM_NONE;
}

static enum problem
reply_asset(struct request *req, const char *start, const char *end)
{
	buffer_append(&req->reply.body, start, (size_t)(end - start));
	return PROBLEM_NONE;
}

enum problem
openapi_get(struct request *req)
{
	return reply_asset(req, asset_openapi, asset_openapi_end);
}

enum problem
openapi30_get(struct request *req)
{
	return reply_asset(req, asset_openapi30, asset_openapi30_end);
}

/* Nothing from outside, no script, whatever a text in the page may say. */
static void
protect_page(struct request *req)
{
	reply_field(req, "Content-Security-Policy",
	    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
	req->reply.type = "text/html; charset=utf-8";
}

enum problem
docs_get(struct request *req)
{
	protect_page(req);
	return reply_asset(req, asset_docs, asset_docs_end);
}

enum problem
problem_get(struct request *req)
{
	const char *slug = request_parameter(req, "slug");
	enum problem problem = problem_by_slug(slug);

	if (strcmp(problem_slug(problem), slug) != 0)
		return PROBLEM_NOT_FOUND;
	protect_page(req);
	buffer_printf(&req->reply.body,
	    "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>%s</title>"
	    "<style>body{font:1.1rem/1.5 sans-serif;max-width:40rem;margin:2rem auto;"
	    "padding:0 1rem}@media(prefers-color-scheme:dark){body{background:#111;color:#eee}"
	    "a{color:#9cf}}</style>"
	    "<h1>%s</h1><p><code>%s</code>, status %d</p><p>%s</p>"
	    "<p><a href=\"/docs\">All operations and their answers</a></p></html>",
	    problem_title(problem), problem_title(problem), problem_slug(problem),
	    problem_status(problem), problem_help(problem));
	return PROBLEM_NONE;
}

enum problem
health_get(struct request *req)
{
	buffer_string(&req->reply.body, "{\"status\":\"ok\"}");
	return PROBLEM_NONE;
}

enum problem
readiness_get(struct request *req)
{
	if (!db_pool_is_ready(req->service->pool))
		return PROBLEM_UNAVAILABLE;
	request_query(req, STATEMENT(READINESS_CHECK));
	buffer_string(&req->reply.body, "{\"status\":\"ready\"}");
	return PROBLEM_NONE;
}
