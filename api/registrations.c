/* registrations.c: people who register, and what of them is sealed or hashed on the way. */
#include <string.h>

#include "api/challenges.h"
#include "api/gather.h"
#include "api/handlers.h"
#include "api/person.h"
#include "api/referrals.h"
#include "api/refusal.h"
#include "api/reply.h"
#include "api_sql.h"
#include "core/secrets.h"

static const char *
email_of(const json_t *body)
{
	return json_string_value(json_object_get(json_object_get(body, "contact"), "email"));
}

/* An address is known within a group: whose that is has to be found out first. */
static const char *
group_asked(struct request *req)
{
	struct rows *rows = request_query(req, STATEMENT(TARGET_GET));

	if (rows_count(rows) == 0)
		request_fail(req, PROBLEM_NOT_FOUND);
	return rows_text(rows, 0, "group_id");
}

/*
 * Something has to stand for a person before a place is held: an address, a client, or work.
 * Whoever gives many addresses works as well: to each a mail goes out.
 */
static void
add_proof(struct person *person)
{
	struct request *req = person->request;
	const char *spent, *ends;

	if ((req->caller.scopes & SCOPE_BIT(SCOPE_REGISTRATIONS_WRITE)) != 0 ||
	    (email_of(req->body) != NULL && challenge_is_spared(req)))
		return;
	spent = challenge_check(req, &ends);
	json_object_set_new(person->row, "challenge", json_string(spent));
	json_object_set_new(person->row, "challenge_ends", json_string(ends));
}

/* Those who ask for the same as the same kind of caller are registered together. */
static const char *
target_key(const struct request *req)
{
	return arena_printf(req->arena, "%s %s", req->message->path,
	    req->caller.client_id == NULL ? "" : req->caller.client_id);
}

static enum problem
registration_create(struct request *req)
{
	const char *email = email_of(req->body), *secret;
	struct person person;
	struct rows *rows;
	size_t row;

	person_init(&person, req);
	add_proof(&person);
	person_seal(&person, "pseudonym");
	person_seal(&person, "message");
	person_seal_contact(&person, email, email == NULL ? NULL : group_asked(req));
	referral_offer(&person);
	secret = person_grant(&person);
	rows = gather_query(
	    req, STATEMENT(REGISTRATIONS_CREATE), target_key(req), person_row(&person), &row);
	referral_settle(req, rows, row);
	if (rows_text(rows, row, "_problem") != NULL)
		refusal_by_row(req, rows, row);
	reply_row_of(req, rows, row);
	reply_member(req, "secret", secret);
	reply_member(req, "way_back", email == NULL ? "secret_only" : "email");
	return PROBLEM_NONE;
}

enum problem
meeting_registration_create(struct request *req)
{
	request_bind(req, "schedule_id", NULL);
	return registration_create(req);
}

enum problem
schedule_registration_create(struct request *req)
{
	request_bind(req, "meeting_id", NULL);
	return registration_create(req);
}

enum problem
registration_confirm(struct request *req)
{
	const char *token = json_string_value(json_object_get(req->body, "token"));

	request_bind(req, "token_hash", person_token_hash(req, token));
	return reply_row(req, request_query(req, req->operation->statement));
}

/* The person whom the operation is about, for what leaders write about them. */
static void
open_registrant(struct person *person, struct request *req)
{
	struct rows *rows = request_query(req, STATEMENT(PERSON_KEY_GET));

	if (rows_count(rows) == 0)
		request_fail(req, PROBLEM_NOT_FOUND);
	person_open(person, req, rows);
}

enum problem
registration_reject(struct request *req)
{
	struct person person;

	open_registrant(&person, req);
	request_bind(req, "reason", person_seal_for(&person, person.id, "reason"));
	return reply_row(req, request_query(req, STATEMENT(REGISTRATION_REJECT)));
}

/* What is sealed goes by the names of its columns. */
enum problem
screening_plan(struct request *req)
{
	struct person person;

	open_registrant(&person, req);
	person_seal_as(&person, "screening_place", "place");
	person_seal_as(&person, "screening_notes", "notes");
	request_bind(req, "planned", person_row(&person));
	return reply_row(req, request_query(req, req->operation->statement));
}

enum problem
registration_reissue(struct request *req)
{
	const char *token = secrets_token(req->arena, TOKEN_LIFE);

	request_bind(req, "new_hash", person_token_hash(req, token));
	request_query(req, req->operation->statement);
	buffer_printf(&req->reply.body, "{\"secret\":\"%s\"}", token);
	return PROBLEM_NONE;
}

/* What else there is of the person, if there is. */
static void
write_also(struct request *req, const char *member, const struct statement *statement)
{
	struct rows *rows = request_query(req, statement);

	if (rows_count(rows) == 0)
		return;
	buffer_printf(&req->reply.body, ",\"%s\":", member);
	reply_object(req, rows, 0);
}

enum problem
registration_data_get(struct request *req)
{
	struct rows *rows = request_query(req, STATEMENT(REGISTRATION_DATA_GET));
	struct buffer *out = &req->reply.body;

	if (rows_count(rows) == 0)
		return PROBLEM_NOT_FOUND;
	buffer_string(out, "{\"registration\":");
	reply_object(req, rows, 0);
	buffer_printf(out, ",\"history\":%s,\"reads\":%s", rows_text(rows, 0, "_history"),
	    rows_text(rows, 0, "_reads"));
	write_also(req, "feed", STATEMENT(FEED_GET));
	write_also(req, "referral", STATEMENT(REGISTRATION_REFERRAL_GET));
	buffer_string(out, "}");
	return PROBLEM_NONE;
}

/* Nothing in the answer, not even its time, tells whether anybody has this address. */
enum problem
recovery_create(struct request *req)
{
	const char *email = json_string_value(json_object_get(req->body, "email"));

	request_bind(
	    req, "email_hash", person_email_hash(req, email, request_parameter(req, "group_id")));
	request_bind(req, "address", person_address_hash(req, email));
	request_query(req, req->operation->statement);
	buffer_string(&req->reply.body, "{}");
	return PROBLEM_NONE;
}
