/* bounces.c: the token in an envelope, and addresses that nothing is written to any more. */
#include <stdio.h>
#include <string.h>

#include "core/secrets.h"
#include "workers/bounces.h"
#include "workers_sql.h"

#define PLACE      "{token}"
#define TOKEN_SIZE 10 /* bytes, in digits that no mail server turns into others */

static const char *
fill(struct arena *arena, const char *pattern, const char *token)
{
	const char *place = strstr(pattern, PLACE);

	return arena_printf(
	    arena, "%.*s%s%s", (int)(place - pattern), pattern, token, place + strlen(PLACE));
}

bool
bounces_are_right(struct arena *arena, const struct config *config)
{
	const char *pattern = config->mail_bounce;
	struct address address;

	return pattern[0] == '\0' ||
	    (strstr(pattern, PLACE) != NULL &&
		address_read(arena, fill(arena, pattern, "00000000000000000000"), &address) &&
		!address.is_utf8);
}

const char *
bounces_sender(struct job *job, const struct mailbox *from)
{
	const char *pattern = job->config->mail_bounce, *id = job_name(job);
	unsigned char hash[SECRETS_HASH_SIZE];

	if (pattern[0] == '\0')
		return from->address.text;
	secrets_hash(SECRETS_BOUNCE, id, strlen(id), hash);
	return fill(
	    job->arena, pattern, secrets_bytea(job->arena, hash, TOKEN_SIZE) + strlen("\\x"));
}

/* Addresses that differ in case only are the same in practice. */
static const char *
hash_of(struct job *job, const struct address *address)
{
	char *folded = arena_strdup(job->arena, address->text);
	unsigned char hash[SECRETS_HASH_SIZE];

	for (char *c = folded; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	secrets_hash(SECRETS_SUPPRESSED, folded, strlen(folded), hash);
	return secrets_bytea(job->arena, hash, sizeof(hash));
}

enum job_result
bounces_check(struct job *job, const struct address *address, bool counts, bool *ret_may_go)
{
	struct rows *rows = job_query(job, &statements[SQL_MAIL_CHECK],
	    (const char *const[]){
		job->id, job->fence, hash_of(job, address), counts ? "t" : "f", job_now(job) });
	bool is_suppressed;

	if (rows == NULL)
		return JOB_RETRY;
	is_suppressed = rows_text(rows, 0, "is_suppressed")[0] == 't';
	if (is_suppressed)
		fprintf(
		    stderr, "runde-worker: job %s (mail): the address is suppressed\n", job->id);
	*ret_may_go = !is_suppressed && rows_text(rows, 0, "is_ours")[0] == 't';
	job->wait_until = rows_text(rows, 0, "wait_until");
	return job->wait_until == NULL ? JOB_DONE : JOB_WAITS;
}

enum job_result
bounces_suppress(struct job *job, const struct address *address, const char *status)
{
	return job_query(job, &statements[SQL_ADDRESS_SUPPRESS],
		   (const char *const[]){ hash_of(job, address), job_now(job), status }) == NULL ?
	    JOB_RETRY :
	    JOB_DONE;
}
