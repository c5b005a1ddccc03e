/* person.c: personal data on their way in. */
#include <stdlib.h>
#include <string.h>

#include "api/person.h"
#include "api_sql.h"
#include "core/address.h"
#include "core/secrets.h"
#include "core/uuid.h"

#define WRAPPING_MEMORY_MS 1000

static const char *const personal[] = { "contact", "message", "name", "pseudonym", "proof",
	"referral_code", "referral_consent", "text" };

/* The key that wraps new keys, as the database has it; looked up again when a moment has passed. */
static struct {
	uint64_t until;
	char id[12];
	char wrapped[512];
} wrapping;

static void
json_free(void *json)
{
	json_decref(json);
}

static void
refresh_wrapping(struct request *req)
{
	struct rows *rows;

	if (wrapping.until > clock_monotonic())
		return;
	rows = request_query(req, STATEMENT(WRAPPING_KEY_GET));
	if (rows_count(rows) == 0)
		request_fail(req, PROBLEM_UNAVAILABLE);
	snprintf(wrapping.id, sizeof(wrapping.id), "%s", rows_text(rows, 0, "id"));
	snprintf(wrapping.wrapped, sizeof(wrapping.wrapped), "%s", rows_text(rows, 0, "wrapped"));
	wrapping.until = clock_monotonic() + WRAPPING_MEMORY_MS;
}

static void
add_text(struct person *person, const char *member, const char *text)
{
	json_object_set_new(person->row, member, json_string(text));
}

static void
key_free(void *key)
{
	secrets_forget(key, sizeof(struct sealing_key));
}

static void
begin(struct person *person, struct request *req)
{
	person->request = req;
	person->row = req->body == NULL ? json_object() : json_copy(req->body);
	arena_defer(req->arena, json_free, person->row);
	person->key = arena_alloc(req->arena, sizeof(*person->key));
	arena_defer(req->arena, key_free, person->key);
	for (size_t i = 0; i < sizeof(personal) / sizeof(personal[0]); i++)
		json_object_del(person->row, personal[i]);
}

void
person_init(struct person *person, struct request *req)
{
	const char *wrapped;

	begin(person, req);
	refresh_wrapping(req);
	person->id = uuid_new(req->arena);
	wrapped =
	    sealing_key_new(req->arena, person->id, wrapping.id, wrapping.wrapped, person->key);
	if (wrapped == NULL) {
		request_log(req, "wrapping key", "does not open: is the key file the right one?");
		request_fail(req, PROBLEM_INTERNAL);
	}
	add_text(person, "id", person->id);
	add_text(person, "wrapping_id", wrapping.id);
	add_text(person, "wrapped", wrapped);
}

void
person_open(struct person *person, struct request *req, const struct rows *rows)
{
	begin(person, req);
	person->id = rows_text(rows, 0, "_person");
	if (!sealing_key_of_row(rows, 0, person->key))
		request_fail(req, PROBLEM_INTERNAL);
}

static const char *
seal_text(struct person *person, const char *row, const char *column, const char *text)
{
	return sealing_seal(
	    person->request->arena, person->key, row, column, SEALED_TEXT, text, strlen(text));
}

const char *
person_seal_for(struct person *person, const char *row, const char *member)
{
	const json_t *value = json_object_get(person->request->body, member);

	return value == NULL ? NULL : seal_text(person, row, member, json_string_value(value));
}

void
person_seal_as(struct person *person, const char *column, const char *member)
{
	const json_t *value = json_object_get(person->request->body, member);

	json_object_del(person->row, member);
	if (value != NULL)
		add_text(person, column,
		    seal_text(person, person->id, column, json_string_value(value)));
}

void
person_seal(struct person *person, const char *member)
{
	person_seal_as(person, member, member);
}

/* The same for all spellings of an address. */
static const char *
fold(struct arena *arena, const char *email)
{
	struct address address;

	return address_read(arena, email, &address) ? address_folded(arena, &address) : email;
}

const char *
person_email_hash(struct request *req, const char *email, const char *group_id)
{
	unsigned char hash[SECRETS_HASH_SIZE];
	const char *named = arena_printf(req->arena, "%s\n%s", group_id, fold(req->arena, email));

	secrets_hash(SECRETS_EMAIL, named, strlen(named), hash);
	return secrets_bytea(req->arena, hash, sizeof(hash));
}

const char *
person_address_hash(struct request *req, const char *email)
{
	const char *today = clock_text(req->arena, clock_now());

	return person_email_hash(req, email, arena_copy(req->arena, today, strlen("YYYY-MM-DD")));
}

const char *
person_token_hash(struct request *req, const char *token)
{
	unsigned char hash[SECRETS_HASH_SIZE];

	secrets_hash(SECRETS_CAPABILITY, token, strlen(token), hash);
	return secrets_bytea(req->arena, hash, sizeof(hash));
}

static void
text_free(void *text)
{
	free(text);
}

void
person_seal_contact(struct person *person, const char *email, const char *group_id)
{
	struct request *req = person->request;
	json_t *contact = json_object_get(req->body, "contact"), *made = NULL;
	char *text;

	if (contact == NULL && email == NULL)
		return;
	if (contact == NULL)
		contact = made = json_pack("{s:s}", "email", email);
	text = json_dumps(contact, JSON_COMPACT);
	json_decref(made);
	arena_defer(req->arena, text_free, text);
	add_text(person, "contact",
	    sealing_seal(
		req->arena, person->key, person->id, "contact", SEALED_JSON, text, strlen(text)));
	if (email == NULL)
		return;
	add_text(person, "email_hash", person_email_hash(req, email, group_id));
	add_text(person, "address", person_address_hash(req, email));
}

const char *
person_grant(struct person *person)
{
	struct request *req = person->request;
	const char *token = secrets_token(req->arena, TOKEN_LIFE);

	add_text(person, "capability", person_token_hash(req, token));
	return token;
}

const char *
person_row(struct person *person)
{
	char *text = json_dumps(person->row, JSON_COMPACT);

	arena_defer(person->request->arena, text_free, text);
	return text;
}
