/* referrals.c: the codes of referrals, in and out, and how often they may be guessed. */
#include <string.h>

#include "api/guesses.h"
#include "api/handlers.h"
#include "api/referral_codes.h"
#include "api/referrals.h"
#include "api/reply.h"
#include "api_sql.h"
#include "core/secrets.h"
#include "core/uuid.h"

/* Wrong codes within an hour: from an address, by a client for many people, and for one thing. */
#define GUESSES_ADDRESS 10
#define GUESSES_CLIENT  50
#define GUESSES_TARGET  100

static const char *
referral_link(struct request *req, const char *code)
{
	return arena_printf(req->arena, "%s/referral/%s", req->service->config->base_url, code);
}

/* Answers with the new referral, in whichever form; its code is to be added. */
static enum problem
create(struct request *req, const char *code)
{
	request_bind(req, "code_hash", referral_code_hash(req->arena, code));
	return reply_row(req, request_query(req, req->operation->statement));
}

enum problem
referral_create(struct request *req)
{
	const char *code = referral_code_new(req->arena);
	enum problem problem = create(req, code);

	if (problem != PROBLEM_NONE)
		return problem;
	reply_member(req, "code", code);
	reply_member(req, "link", referral_link(req, code));
	return PROBLEM_NONE;
}

enum problem
fhir_service_request_create(struct request *req)
{
	const char *code = referral_code_new(req->arena);
	enum problem problem = create(req, code);

	if (problem == PROBLEM_NONE)
		reply_member(req, "patientInstruction", referral_link(req, code));
	return problem;
}

static uint64_t
account_of(const char *kind, const void *bytes, size_t length)
{
	unsigned char hash[SECRETS_HASH_SIZE];
	uint64_t account, mixed = (unsigned char)kind[0];

	secrets_hash(SECRETS_ADDRESS, bytes, length, hash);
	memcpy(&account, hash, sizeof(account));
	return account + mixed;
}

/* Those whose guesses are counted: who asks, and what they ask for. */
static uint64_t
asker_account(const struct request *req)
{
	return account_of("asker", &req->caller.account, sizeof(req->caller.account));
}

/* However its address was written. */
static uint64_t
target_account(const struct request *req)
{
	const char *id = request_parameter(req, "meeting_id");
	unsigned char bytes[UUID_SIZE];

	uuid_bytes(id == NULL ? request_parameter(req, "schedule_id") : id, bytes);
	return account_of("target", bytes, sizeof(bytes));
}

static void
take_guess(struct request *req)
{
	unsigned most = req->caller.kind == CALLER_CLIENT ? GUESSES_CLIENT : GUESSES_ADDRESS;

	if (guesses_take(asker_account(req), most) &&
	    guesses_take(target_account(req), GUESSES_TARGET))
		return;
	req->quota.retry_seconds = guesses_wait();
	request_fail(req, PROBLEM_RATE_LIMITED);
}

static const char *
consent_of(const struct request *req)
{
	const json_t *consent = json_object_get(req->body, "referral_consent");

	return json_string_value(json_object_get(consent, "version"));
}

void
referral_offer(struct person *person)
{
	struct request *req = person->request;
	const char *code = json_string_value(json_object_get(req->body, "referral_code"));
	const char *hash;

	if (code == NULL || consent_of(req) == NULL)
		return;
	hash = referral_code_hash(req->arena, code);
	if (hash == NULL) {
		faults_add_pointer(
		    req->faults, "/referral_code", "invalid", "must be as it was given");
		request_fail(req, PROBLEM_INVALID_BODY);
	}
	take_guess(req);
	json_object_set_new(person->row, "referral",
	    json_pack("{s:s, s:s}", "hash", hash, "consent", consent_of(req)));
}

void
referral_settle(struct request *req, const struct rows *rows, size_t row)
{
	const char *pointer = rows_text(rows, row, "_pointer");

	if (json_object_get(req->body, "referral_code") == NULL || consent_of(req) == NULL ||
	    (pointer != NULL && strcmp(pointer, "/referral_code") == 0))
		return;
	guesses_give_back(asker_account(req));
	guesses_give_back(target_account(req));
}
