/* mail.c: a mail to one person: its address opened, its token minted, its text filled in. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/links.h"
#include "core/recurrence_words.h"
#include "core/sealing.h"
#include "core/secrets.h"
#include "workers/bounces.h"
#include "workers/invitation.h"
#include "workers/letter.h"
#include "workers/mail.h"
#include "workers/templates.h"
#include "workers_sql.h"

#define FACTS_OURS 7  /* that templates may name in any mail */
#define FACTS_MAX  16 /* with those of its kind */

/* The mails that carry a token, what it is, how long it is good, how it begins, and its page. */
/* clang-format off */
static const struct token {
	const char *template;
	const char *kind;
	const char *life; /* NULL: for ever */
	const char *prefix;
	const char *path; /* NULL: the person's own */
} tokens[] = {
	{ "confirm_address", "confirmation", "24 hours",   "",         "/confirm/" },
	{ "invitation",      "invitation",   "7 days",     "",         "/sign-in/" },
	{ "recovery",        "life",         NULL,         TOKEN_LIFE, NULL        },
	{ "sign_in",         "sign_in",      "10 minutes", "",         "/sign-in/" }, /* since it was asked for */
};

/* What whoever gets a mail may end, by how much they have to need it to get it. */
static const struct list {
	const char *need;
	const char *name; /* of the list (RFC 2919) */
	enum link_purpose end;
	bool counts; /* among those that nobody gets too many of */
} lists[] = {
	{ "all",    "reminders", LINK_NO_REMINDERS, true  },
	{ "needed", "notices",   LINK_NO_MAILS,     true  },
	{ "asked",  "answers",   LINK_NO_MAILS,     false },
};
/* clang-format on */

static const struct token *
token_of(const struct template *template)
{
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++)
		if (strcmp(tokens[i].template, template->name) == 0)
			return &tokens[i];
	return NULL;
}

static const struct list *
list_of(const struct rows *rows)
{
	const char *need = rows_text(rows, 0, "need");
	const struct list *list = lists;

	while (strcmp(list->need, need) != 0)
		list++;
	return list;
}

static enum job_result
fail(struct job *job, enum job_result result, const char *error)
{
	job->error = error;
	return result;
}

/* What is sealed of a person; NULL if it does not open. */
static const char *
open_sealed(struct job *job, const struct rows *rows, const char *const columns[4], const char *row,
    const char *column, const char *value)
{
	const char *of[4], *opened;
	struct sealing_key key;
	enum sealed_type type;
	size_t length;

	for (size_t i = 0; i < 4; i++)
		if ((of[i] = rows_text(rows, 0, columns[i])) == NULL)
			return NULL;
	if (row == NULL || column == NULL || !sealing_key_open(of[0], of[1], of[2], of[3], &key))
		return NULL;
	opened = sealing_open(job->arena, &key, row, column, value, &type, &length);
	secrets_forget(&key, sizeof(key));
	return opened;
}

enum job_result
mail_address(struct job *job, const struct rows *rows, struct address *ret_address)
{
	static const char *const columns[] = { "_person", "_wrapping_id", "_wrapping", "_wrapped" };
	const char *contact = open_sealed(job, rows, columns, rows_text(rows, 0, "_person"),
	    "contact", rows_text(rows, 0, "contact"));
	const char *text;
	json_t *members;
	bool is_right;

	if (contact == NULL)
		return fail(job, JOB_RETRY, "the contact does not open");
	members = json_loads(contact, 0, NULL);
	text = json_string_value(json_object_get(members, "email"));
	is_right =
	    text == NULL || address_read(job->arena, arena_strdup(job->arena, text), ret_address);
	json_decref(members);
	if (!is_right)
		return fail(job, JOB_DEAD, "the address cannot be written to");
	return ret_address->text == NULL ? JOB_DONE : JOB_GOES_ON;
}

bool
mail_counts(const struct rows *rows)
{
	return list_of(rows)->counts;
}

/* JOB_DONE with NULL if there is nothing to tell or if it is sealed and its author is gone. */
static enum job_result
find_text(struct job *job, const struct rows *rows, const char **ret_text)
{
	static const char *const columns[] = { "author", "author_wrapping_id", "author_wrapping",
		"author_wrapped" };
	const char *sealed = rows_text(rows, 0, "sealed");

	*ret_text = NULL;
	if (sealed == NULL || rows_text(rows, 0, "author_wrapped") == NULL)
		return JOB_DONE;
	*ret_text = open_sealed(job, rows, columns, rows_text(rows, 0, "sealed_row"),
	    rows_text(rows, 0, "sealed_column"), sealed);
	return *ret_text == NULL ? fail(job, JOB_RETRY, "the text does not open") : JOB_DONE;
}

/*
 * Makes a token and stores its hash, before anybody can have it. JOB_DONE with NULL if none is
 * wanted any more.
 */
static enum job_result
mint(struct job *job, const struct token *token, const struct rows *rows, const char **ret_code)
{
	const char *code = arena_printf(job->arena, "%s%s", token->prefix, secrets_new(job->arena));
	unsigned char hash[SECRETS_HASH_SIZE];
	struct rows *stored;

	secrets_hash(SECRETS_CAPABILITY, code, strlen(code), hash);
	stored = job_query(job, &statements[SQL_TOKEN_STORE],
	    (const char *const[]){ rows_text(rows, 0, "_person"), job->id, job->fence,
		secrets_bytea(job->arena, hash, sizeof(hash)), rows_text(rows, 0, "capability_id"),
		token->kind, job_now(job), token->life });
	if (stored == NULL)
		return JOB_RETRY;
	*ret_code = rows_count(stored) == 0 ? NULL : code;
	return JOB_DONE;
}

/* A time as the clocks there show it: "Mittwoch, 7. Januar 2026, 19:00 Uhr (Europe/Berlin)". */
static const char *
moment(struct job *job, const struct rows *rows, const char *column, const char *language)
{
	const char *digits = rows_text(rows, 0, column);
	unsigned long long number = digits == NULL ? 0 : strtoull(digits, NULL, 10);

	if (digits == NULL)
		return NULL;
	return arena_printf(job->arena, "%s (%s)",
	    recurrence_moment(job->arena, language, (recurrence_date)(number / 10000),
		(int)(number / 100 % 100 * 60 + number % 100)),
	    rows_text(rows, 0, "zone"));
}

/* The address of a page that its reader may do something on. */
static const char *
link_to(struct job *job, const struct rows *rows, enum link_purpose purpose)
{
	unsigned generation = (unsigned)strtoul(rows_text(rows, 0, "links"), NULL, 10);

	return arena_printf(job->arena, "%s%s%s", job->config->base_url, link_path(purpose),
	    link_token(job->arena, purpose, rows_text(rows, 0, "_person"), generation));
}

/* Where to go on from a mail: with its token if it has one, else to what is the person's own. */
static const char *
page_of(struct job *job, const struct template *template, const struct rows *rows, const char *code)
{
	const struct token *token = token_of(template);
	const char *base_url = job->config->base_url;

	if (token != NULL && token->path != NULL)
		return arena_printf(job->arena, "%s%s%s", base_url, token->path, code);
	if (strcmp(template->name, "freshness") == 0)
		return link_to(job, rows, LINK_ENTRY);
	if (strcmp(template->name, "referral") == 0)
		return link_to(job, rows, LINK_REFERRALS);
	if (strcmp(rows_text(rows, 0, "role"), "registrant") == 0)
		return link_to(job, rows, LINK_PERSON);
	if (strcmp(rows_text(rows, 0, "role"), "leader") == 0)
		return arena_printf(
		    job->arena, "%s/groups/%s/sign-in", base_url, rows_text(rows, 0, "group_id"));
	return NULL;
}

/* What else is known, in the words or numbers in which the database has it. */
static size_t
add_facts(struct job *job, json_t *told, struct fact *facts, size_t most)
{
	const char *name;
	size_t count = 0;
	json_t *value;

	json_object_foreach(told, name, value) {
		if (count == most)
			break;
		if (json_is_string(value))
			facts[count++] = (struct fact){ arena_strdup(job->arena, name),
				arena_strdup(job->arena, json_string_value(value)) };
		else if (json_is_integer(value))
			facts[count++] = (struct fact){ arena_strdup(job->arena, name),
				arena_printf(
				    job->arena, "%lld", (long long)json_integer_value(value)) };
	}
	return count;
}

static const char *
fill(struct job *job, const struct template *template, const struct rows *rows, const char *text,
    const char *code)
{
	struct fact facts[FACTS_MAX] = {
		{ "before", moment(job, rows, "before", template->language) },
		{ "code", code },
		{ "end", link_to(job, rows, list_of(rows)->end) },
		{ "link", page_of(job, template, rows, code) },
		{ "until", moment(job, rows, "until", template->language) },
		{ "when", moment(job, rows, "when", template->language) },
		{ "text", text },
	};
	json_t *told = json_loads(rows_text(rows, 0, "facts"), 0, NULL);
	size_t count =
	    FACTS_OURS + add_facts(job, told, facts + FACTS_OURS, FACTS_MAX - FACTS_OURS);

	json_decref(told);
	return template_fill(job->arena, template->text, facts, count);
}

static bool
write_letter(struct job *job, const struct template *template, const struct rows *rows,
    const char *text, struct delivery *delivery)
{
	const struct config *config = job->config;
	struct letter letter = {
		.id = job_name(job),
		.date = clock_now(),
		.to = delivery->recipient,
		.language = template->language,
		.subject = template->subject,
		.text = text,
		.base_url = config->base_url,
		.list = list_of(rows)->name,
		.unsubscribe = link_to(job, rows, list_of(rows)->end),
	};

	address_read_mailbox(job->arena, config->mail_from, &letter.from);
	delivery->sender = bounces_sender(job, &letter.from);
	if (!invitation_add(job, rows, &letter))
		return false;
	delivery->bytes = letter_write(job->arena, &letter, &delivery->length);
	return true;
}

static const struct template *
template_of(const struct rows *rows)
{
	const char *name = rows_text(rows, 0, "template");
	const char *language = rows_text(rows, 0, "language");

	if (language == NULL)
		language = ""; /* there is nobody to write to */
	return name == NULL ? NULL : template_find(name, language);
}

enum job_result
mail_look(struct job *job, const struct rows *rows)
{
	if (template_of(rows) == NULL)
		return fail(job, JOB_DEAD, "there is no such template");
	if (rows_text(rows, 0, "_person") == NULL)
		return JOB_DONE;
	job->wait_until = rows_text(rows, 0, "wait_until");
	return job->wait_until != NULL ? JOB_WAITS : JOB_GOES_ON;
}

enum job_result
mail_write(struct job *job, const struct rows *rows, const struct address *address,
    struct delivery *ret_delivery)
{
	const struct template *template = template_of(rows);
	const struct token *token = token_of(template);
	const char *text = NULL, *code = NULL;
	enum job_result result = find_text(job, rows, &text);

	if (result == JOB_DONE && token != NULL)
		result = mint(job, token, rows, &code);
	if (result != JOB_DONE || (token != NULL && code == NULL))
		return result;
	*ret_delivery = (struct delivery){ .recipient = *address };
	if (!write_letter(job, template, rows, fill(job, template, rows, text, code), ret_delivery))
		return JOB_RETRY;
	return JOB_GOES_ON;
}

enum job_result
mail_end(struct job *job, const struct delivery *delivery)
{
	/* clang-format off */
	static const enum job_result results[] = {
		[OUTLET_SENT]    = JOB_DONE,
		[OUTLET_LATER]   = JOB_RETRY,
		[OUTLET_NEVER]   = JOB_DEAD,
		[OUTLET_UNKNOWN] = JOB_DEAD,
	};
	/* clang-format on */

	if (delivery->result == OUTLET_UNKNOWN &&
	    bounces_suppress(job, &delivery->recipient, delivery->status) != JOB_DONE)
		return JOB_RETRY;
	job->error = delivery->error;
	return results[delivery->result];
}
