/* groups.c: the directory's list, for which there are two ways to the rows. */
#include <string.h>

#include "api/handlers.h"
#include "api/page.h"
#include "api/reply.h"
#include "api/search.h"
#include "api_sql.h"

/* Parameters that leave the list as it is: all others make a search of it. */
static bool
is_plain_list(const struct request *req)
{
	static const char *const plain[] = { "limit", "cursor", "country", "within_km" };
	const struct operation *op = req->operation;

	for (size_t i = 0; i < op->parameter_count; i++) {
		bool is_plain = op->parameters[i].place != IN_QUERY;

		for (size_t k = 0; k < sizeof(plain) / sizeof(plain[0]); k++)
			is_plain |= strcmp(op->parameters[i].name, plain[k]) == 0;
		if (!is_plain && req->values[i] != NULL)
			return false;
	}
	return true;
}

/* What a search is sorted by unless it says so: words by relevance, places by distance. */
static enum problem
bind_sort(struct request *req, const char *words)
{
	const char *sort = request_parameter(req, "sort");
	bool has_place = search_has_place(req);

	if (sort == NULL)
		sort = words != NULL ? "relevance" : has_place ? "distance" : "name";
	if (strcmp(sort, "relevance") == 0 && request_parameter(req, "q") == NULL)
		faults_add_parameter(req->faults, "sort", "conflict", "relevance needs q");
	if (strcmp(sort, "distance") == 0 && !has_place)
		faults_add_parameter(
		    req->faults, "sort", "conflict", "distance needs near or postcode");
	request_bind(req, "sort", sort);
	return req->faults->count > 0 ? PROBLEM_INVALID_PARAMETER : PROBLEM_NONE;
}

enum problem
groups_list(struct request *req)
{
	enum problem problem;

	if (is_plain_list(req) && req->caller.client_id == NULL) {
		page_write(req, request_query(req, STATEMENT(GROUPS_PLAIN)));
		page_end(req);
		return PROBLEM_NONE;
	}
	if ((problem = bind_sort(req, search_bind_words(req))) != PROBLEM_NONE)
		return problem;
	search_bind_place(req);
	page_write(req, request_query(req, STATEMENT(GROUPS_SEARCH)));
	if (request_parameter(req, "facets") != NULL) {
		struct rows *facets = request_query(req, STATEMENT(GROUPS_FACETS));

		buffer_printf(&req->reply.body, ",\"facets\":%s", rows_text(facets, 0, "facets"));
	}
	page_end(req);
	return PROBLEM_NONE;
}
