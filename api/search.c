/* search.c: what searches for groups and for meetings have in common. */
#include <string.h>

#include "api/search.h"
#include "api_sql.h"
#include "core/json.h"

const char *
search_filter(struct request *req)
{
	const struct operation *op = req->operation;
	struct buffer filter;

	buffer_init(&filter, req->arena, 256);
	buffer_string(&filter, "{");
	for (size_t i = 0; i < op->parameter_count; i++) {
		if (op->parameters[i].place != IN_QUERY || req->values[i] == NULL)
			continue;
		buffer_string(&filter, filter.length > 1 ? "," : "");
		json_write_string(&filter, op->parameters[i].name, strlen(op->parameters[i].name));
		buffer_string(&filter, ":");
		json_write_string(&filter, req->values[i], strlen(req->values[i]));
	}
	buffer_string(&filter, "}");
	return buffer_text(&filter);
}

void
search_bind_place(struct request *req)
{
	struct rows *rows;

	request_bind(req, "near", request_parameter(req, "near"));
	if (request_parameter(req, "near") != NULL || request_parameter(req, "postcode") == NULL)
		return;
	rows = request_query(req, STATEMENT(POSTCODE_GET));
	if (rows_count(rows) == 0) {
		faults_add_parameter(
		    req->faults, "postcode", "unknown", "is not a postcode of that country");
		request_fail(req, PROBLEM_INVALID_PARAMETER);
	}
	request_bind(req, "near", rows_text(rows, 0, "near"));
}

const char *
search_bind_words(struct request *req)
{
	const char *words = NULL;

	if (request_parameter(req, "q") != NULL)
		words = rows_text(request_query(req, STATEMENT(GROUPS_WORDS)), 0, "words");
	request_bind(req, "words", words);
	return words;
}

bool
search_has_place(const struct request *req)
{
	return request_parameter(req, "near") != NULL || request_parameter(req, "postcode") != NULL;
}

bool
search_is_narrow(const struct request *req)
{
	static const char *const narrowing[] = { "topic", "near", "postcode", "q", "organisation" };

	for (size_t i = 0; i < sizeof(narrowing) / sizeof(narrowing[0]); i++)
		if (request_parameter(req, narrowing[i]) != NULL)
			return true;
	return false;
}

enum problem
search_check_narrow(struct request *req)
{
	if (search_is_narrow(req))
		return PROBLEM_NONE;
	faults_add_parameter(req->faults, "topic", "required",
	    "must be there, or near, postcode, q or organisation");
	return PROBLEM_INVALID_PARAMETER;
}
