/* leaders.c: who leads a group, and how they sign in. */
#include <string.h>

#include "api/handlers.h"
#include "api/leaders.h"
#include "api/person.h"
#include "api/reply.h"
#include "api_sql.h"
#include "core/secrets.h"
#include "core/uuid.h"

#define SIGN_IN_LIFETIME (10 * INT64_C(60000000))
#define SESSION_LIFETIME (8 * INT64_C(3600000000))

static const char *
member_text(const struct request *req, const char *name)
{
	return json_string_value(json_object_get(req->body, name));
}

/* Binds an instant that is so far away, and returns it as the API writes it. */
static const char *
bind_end(struct request *req, int64_t lifetime)
{
	const char *ends = clock_text(req->arena, clock_now() + lifetime);

	request_bind(req, "ends", ends);
	return arena_printf(req->arena, "%.19sZ", ends);
}

enum problem
leader_create(struct request *req)
{
	struct person person;

	person_init(&person, req);
	person_seal(&person, "name");
	person_seal_contact(&person, member_text(req, "email"), request_parameter(req, "group_id"));
	json_object_del(person.row, "email");
	request_bind(req, "wanted", person_row(&person));
	return reply_row(req, request_query(req, req->operation->statement));
}

/*
 * The browser that asks is given a secret of its own, and the mail another one: both are needed.
 * Until the mail is sent nobody knows the second one, so a random hash stands for it.
 */
void
sign_in_begin(struct request *req, const char *browser, const char **ret_ends)
{
	*ret_ends = bind_end(req, SIGN_IN_LIFETIME);
	request_bind(req, "email_hash",
	    person_email_hash(req, member_text(req, "email"), request_parameter(req, "group_id")));
	request_bind(req, "sign_in_id", uuid_new(req->arena));
	request_bind(req, "placeholder", person_token_hash(req, secrets_new(req->arena)));
	request_bind(req, "browser", person_token_hash(req, browser));
	request_bind(req, "asker",
	    secrets_bytea(req->arena, &req->caller.account, sizeof(req->caller.account)));
	request_query(req, STATEMENT(SIGN_IN_CREATE));
}

enum problem
sign_in_create(struct request *req)
{
	const char *browser = secrets_new(req->arena), *ends;

	sign_in_begin(req, browser, &ends);
	buffer_printf(
	    &req->reply.body, "{\"browser\":\"%s\",\"expires_at\":\"%s\"}", browser, ends);
	return PROBLEM_NONE;
}

const struct rows *
session_begin(struct request *req, const char *token, const char *browser, const char **ret_secret)
{
	const char *secret = secrets_token(req->arena, TOKEN_SESSION);
	struct rows *rows;

	bind_end(req, SESSION_LIFETIME);
	request_bind(req, "token_hash", person_token_hash(req, token));
	request_bind(req, "browser", browser == NULL ? NULL : person_token_hash(req, browser));
	request_bind(req, "session_hash", person_token_hash(req, secret));
	request_bind(req, "session_id", uuid_new(req->arena));
	rows = request_query(req, STATEMENT(SESSION_CREATE));
	*ret_secret = secret;
	return rows_count(rows) == 0 ? NULL : rows;
}

enum problem
session_create(struct request *req)
{
	const char *secret;
	const struct rows *rows =
	    session_begin(req, member_text(req, "token"), member_text(req, "browser"), &secret);

	if (rows == NULL)
		return PROBLEM_UNAUTHENTICATED;
	reply_row_of(req, rows, 0);
	reply_member(req, "secret", secret);
	return PROBLEM_NONE;
}
