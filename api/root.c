/* root.c: where everything is, the contract, and what the operator asks. */
#include <string.h>

#include "api/assets.h"
#include "api/handlers.h"
#include "api/reply.h"
#include "api_sql.h"

/* clang-format off */
static const struct {
	const char *name;
	const char *path;
} links[] = {
	{ "topics",        "/v1/topics"       },
	{ "organisations", "/v1/organisations" },
	{ "groups",        "/v1/groups"       },
	{ "meetings",      "/v1/meetings"     },
	{ "calendar",      "/v1/calendar.ics" },
	{ "venues",        "/v1/venues"       },
	{ "closures",      "/v1/closures"     },
	{ "holidays",      "/v1/holidays"     },
	{ "openapi",       "/v1/openapi.json" },
	{ "docs",          "/docs"            },
};
/* clang-format on */

enum problem
root_get(struct request *req)
{
	struct buffer *out = &req->reply.body;

	buffer_printf(out, "{\"name\":\"Runde\",\"version\":\"%s\",\"links\":{",
	    req->service->contract->version);
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		buffer_printf(out, "%s\"%s\":\"%s%s\"", i == 0 ? "" : ",", links[i].name,
		    req->service->config->base_url, links[i].path);
	buffer_string(out, "}}");
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

enum problem
fhir_metadata_get(struct request *req)
{
	return reply_asset(req, asset_capability, asset_capability_end);
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
	struct rows *rows;

	if (!db_pool_is_ready(req->service->pool))
		return PROBLEM_UNAVAILABLE;
	rows = request_query(req, STATEMENT(READINESS_CHECK));
	buffer_printf(&req->reply.body, "{\"status\":\"ready\"%s}",
	    rows_text(rows, 0, "has_old_zones")[0] == 't' ? ",\"warnings\":[\"old_time_zones\"]" :
							    "");
	return PROBLEM_NONE;
}
