/* mail.c: a mail to one person: its address opened, its token minted, its text filled in. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/recurrence_words.h"
#include "core/sealing.h"
#include "core/secrets.h"
#include "workers/mail.h"
#include "workers/maildir.h"
#include "workers/templates.h"
#include "workers_sql.h"

/* The mails that carry a token, what it is, how long it is good, and how it begins. */
/* clang-format off */
static const struct token {
	const char *template;
	const char *kind;
	const char *life; /* NULL: for ever */
	const char *prefix;
} tokens[] = {
	{ "confirm_address", "confirmation", "24 hours",   ""    },
	{ "invitation",      "invitation",   "7 days",     ""    },
	{ "recovery",        "life",         NULL,         TOKEN_LIFE },
	{ "sign_in",         "sign_in",      "10 minutes", ""    }, /* since it was asked for */
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

/* JOB_DONE with NULL if the person has no address. */
static enum job_result
find_address(struct job *job, const struct rows *rows, const char **ret_address)
{
	static const char *const columns[] = { "_person", "_wrapping_id", "_wrapping", "_wrapped" };
	const char *contact = open_sealed(job, rows, columns, rows_text(rows, 0, "_person"),
	    "contact", rows_text(rows, 0, "contact"));
	const char *address;
	json_t *members;

	if (contact == NULL)
		return fail(job, JOB_RETRY, "the contact does not open");
	members = json_loads(contact, 0, NULL);
	address = json_string_value(json_object_get(members, "email"));
	*ret_address = address == NULL ? NULL : arena_strdup(job->arena, address);
	json_decref(members);
	if (*ret_address != NULL && !mail_address_is_plain(*ret_address))
		return fail(job, JOB_DEAD, "the address cannot be written to");
	return JOB_DONE;
}

/* JOB_DONE with NULL if there is nothing to tell or if it is sealed and its author is gone. */
static enum job_result
find_text(struct job *job, const struct rows *rows, const char **ret_text)
{
	static const char *const columns[] = { "author", "author_wrapping_id", "author_wrapping",
		"author_wrapped" };
	const char *sealed = rows_text(rows, 0, "sealed");

	*ret_text = rows_text(rows, 0, "text");
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

static enum job_result
deliver(struct job *job, const struct template *template, const struct rows *rows,
    const char *address, const char *text, const char *code)
{
	const struct config *config = job->config;
	const struct fact facts[] = {
		{ "code", code },
		{ "text", text },
		{ "until", moment(job, rows, "until", template->language) },
		{ "when", moment(job, rows, "when", template->language) },
	};
	const struct mail mail = {
		.id = arena_printf(job->arena, "%s.%s", job->id, job->created),
		.from = config->mail_from,
		.to = address,
		.subject = template->subject,
		.text = template_fill(
		    job->arena, template->text, facts, sizeof(facts) / sizeof(facts[0])),
	};
	const char *folder = config->maildir[0] != '\0' ?
	    config->maildir :
	    arena_printf(job->arena, "%s/mail", config->home);
	const char *error = maildir_deliver(job->arena, folder, &mail);

	return error == NULL ? JOB_DONE : fail(job, JOB_RETRY, error);
}

static enum job_result
send_mail(struct job *job, const struct template *template, const struct rows *rows)
{
	const struct token *token = token_of(template);
	const char *address = NULL, *text = NULL, *code = NULL;
	enum job_result result = find_address(job, rows, &address);

	if (result != JOB_DONE || address == NULL)
		return result;
	if ((result = find_text(job, rows, &text)) != JOB_DONE)
		return result;
	if (token != NULL && (result = mint(job, token, rows, &code)) != JOB_DONE)
		return result;
	if (token != NULL && code == NULL)
		return JOB_DONE;
	return deliver(job, template, rows, address, text, code);
}

enum job_result
mail_job(struct job *job)
{
	struct rows *rows = job_query(job, &statements[SQL_MAIL_GET],
	    (const char *const[]){ job->payload, job_now(job), job->person });
	const struct template *template;
	const char *name, *language;

	if (rows == NULL)
		return JOB_RETRY;
	name = rows_text(rows, 0, "template");
	language = rows_text(rows, 0, "language");
	template = template_find(name == NULL ? "" : name, language == NULL ? "" : language);
	if (template == NULL)
		return fail(job, JOB_DEAD, "there is no such template");
	return rows_text(rows, 0, "_person") == NULL ? JOB_DONE : send_mail(job, template, rows);
}
