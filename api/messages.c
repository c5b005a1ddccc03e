/* messages.c: what people and groups write to each other without knowing each other's addresses. */
#include "api/challenges.h"
#include "api/handlers.h"
#include "api/messages.h"
#include "api/person.h"
#include "api/reply.h"
#include "api_sql.h"
#include "core/uuid.h"

const char *
message_begin(struct request *req, const char *group_id, const char *email,
    const struct proof *proof, const char **ret_secret)
{
	struct person person;

	person_init(&person, req);
	person_seal(&person, "name");
	person_seal(&person, "text");
	person_seal_contact(&person, email, group_id);
	*ret_secret = person_grant(&person);
	if (proof != NULL) {
		json_object_set_new(person.row, "challenge", json_string(proof->spent));
		json_object_set_new(person.row, "challenge_ends", json_string(proof->ends));
	}
	request_bind(req, "wanted", person_row(&person));
	request_query(req, STATEMENT(MESSAGE_CREATE));
	return person.id;
}

enum problem
message_create(struct request *req)
{
	const char *email =
	    json_string_value(json_object_get(json_object_get(req->body, "contact"), "email"));
	struct proof proof;
	const char *id, *secret;

	proof.spent = challenge_check(req, &proof.ends);
	id = message_begin(req, request_parameter(req, "group_id"), email, &proof, &secret);
	req->reply.location = arena_printf(req->arena, "/v1/messages/%s", id);
	buffer_printf(&req->reply.body, "{\"id\":\"%s\",\"secret\":\"%s\"}", id, secret);
	return PROBLEM_NONE;
}

enum problem
reply_create(struct request *req)
{
	struct rows *thread = request_query(req, STATEMENT(THREAD_KEY_GET));
	const char *id = uuid_new(req->arena);
	struct person person;

	if (rows_count(thread) == 0)
		return PROBLEM_NOT_FOUND;
	person_open(&person, req, thread);
	request_bind(req, "reply_id", id);
	request_bind(req, "text", person_seal_for(&person, id, "text"));
	request_query(req, STATEMENT(REPLY_CREATE));
	buffer_printf(&req->reply.body, "{\"id\":\"%s\"}", id);
	return PROBLEM_NONE;
}

/* The first row is what the thread began with, the others are replies. */
enum problem
message_get(struct request *req)
{
	struct rows *rows = request_query(req, STATEMENT(MESSAGE_GET));
	struct buffer *out = &req->reply.body;

	if (rows_count(rows) == 0)
		return PROBLEM_NOT_FOUND;
	reply_object(req, rows, 0);
	out->length--;
	buffer_string(out, ",\"replies\":[");
	for (size_t row = 1; row < rows_count(rows); row++) {
		buffer_string(out, row == 1 ? "" : ",");
		reply_object(req, rows, row);
	}
	buffer_string(out, "]}");
	reply_tag(req, rows_text(rows, 0, "_revision"));
	return PROBLEM_NONE;
}
