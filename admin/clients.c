/* clients.c: clients and their keys. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/clients.h"
#include "admin_sql.h"
#include "core/reach.h"
#include "core/secrets.h"

#define FILE_MAX ((size_t)64 * 1024)

static const char *
name_argument(const struct context *context)
{
	const char *name = context->arguments[0];

	if (name[0] == '-' || name[0] == '\0')
		command_fail("a name does not begin with a dash");
	return name;
}

static const char *
key_hash(struct context *context, const char *key)
{
	unsigned char hash[SECRETS_HASH_SIZE];

	secrets_hash(SECRETS_CLIENT_KEY, key, strlen(key), hash);
	return secrets_bytea(context->arena, hash, sizeof(hash));
}

/* What the file behind an option holds; NULL without the option. */
static const char *
file_option(struct context *context, const char *option)
{
	const char *path = command_option(context, option);
	char *text = arena_alloc(context->arena, FILE_MAX + 1);
	FILE *file;
	size_t got;

	if (path == NULL)
		return NULL;
	if ((file = fopen(path, "re")) == NULL)
		command_fail("%s: %s", path, strerror(errno));
	got = fread(text, 1, FILE_MAX, file);
	fclose(file);
	if (got == FILE_MAX || strlen(text) != got)
		command_fail("%s holds neither keys nor certificates", path);
	return text;
}

/* Where the client publishes its keys; NULL without the option. */
static const char *
uri_option(struct context *context)
{
	const char *uri = command_option(context, "--jwks-uri"), *fault;
	struct reach_exceptions exceptions = { .count = 0 };

	reach_read(context->config->outside_allow, &exceptions);
	if (uri != NULL && (fault = reach_url_fault(&exceptions, uri)) != NULL)
		command_fail("--jwks-uri %s", fault);
	return uri;
}

int
client_add(struct context *context)
{
	const char *scopes = command_option(context, "--scopes");
	const char *key = secrets_token(context->arena, TOKEN_CLIENT);
	struct rows *rows;

	if (scopes == NULL || scopes[0] == '\0')
		command_fail("--scopes is missing");
	rows = command_query(context, &statements[SQL_CLIENT_ADD],
	    (const char *const[]){ name_argument(context), scopes,
		command_option(context, "--organisation"), file_option(context, "--jwks"),
		uri_option(context), file_option(context, "--certificate"), command_now(context),
		key_hash(context, key) });
	if (rows_text(rows, 0, "unknown") != NULL)
		command_fail("there is no scope %s", rows_text(rows, 0, "unknown"));
	if (rows_text(rows, 0, "must_sign")[0] == 't')
		command_fail(
		    "insurers share no secret: --jwks, --jwks-uri or --certificate is missing");
	printf("%s\n", rows_text(rows, 0, "has_key")[0] == 't' ? key : rows_text(rows, 0, "id"));
	return 0;
}

/* What the client proves itself with from now on; in the file the old ones may stand as well. */
static int
exchange(struct context *context, const char *jwks, const char *uri, const char *certificates)
{
	struct rows *rows = command_query(context, &statements[SQL_CLIENT_EXCHANGE],
	    (const char *const[]){
		jwks, uri, certificates, command_now(context), name_argument(context) });

	if (rows_count(rows) == 0)
		command_fail("there is no such client that has them");
	return 0;
}

int
client_rotate(struct context *context)
{
	const char *overlap = command_option(context, "--overlap");
	const char *jwks = file_option(context, "--jwks");
	const char *uri = uri_option(context);
	const char *certificates = file_option(context, "--certificate");
	const char *key = secrets_token(context->arena, TOKEN_CLIENT);
	struct rows *rows;

	if (jwks != NULL || uri != NULL || certificates != NULL)
		return exchange(context, jwks, uri, certificates);
	if (overlap == NULL)
		overlap = "24";
	if (overlap[0] == '\0' || overlap[strspn(overlap, "0123456789.")] != '\0')
		command_fail("--overlap takes a number of hours");
	rows = command_query(context, &statements[SQL_CLIENT_ROTATE],
	    (const char *const[]){
		command_now(context), overlap, name_argument(context), key_hash(context, key) });

	if (rows_count(rows) == 0)
		command_fail("there is no such client that has a key of ours");
	printf("%s\n", key);
	return 0;
}

int
client_revoke(struct context *context)
{
	struct rows *rows = command_query(context, &statements[SQL_CLIENT_REVOKE],
	    (const char *const[]){ command_now(context), name_argument(context) });

	if (rows_count(rows) == 0)
		command_fail("there is no such client");
	return 0;
}

int
client_limit(struct context *context)
{
	const char *requests = command_option(context, "--per-minute");
	struct rows *rows;

	if (requests != NULL &&
	    (strtoul(requests, NULL, 10) == 0 || strlen(requests) > 9 ||
		requests[strspn(requests, "0123456789")] != '\0'))
		command_fail("--per-minute takes a number of requests, from 1");
	rows = command_query(context, &statements[SQL_CLIENT_LIMIT],
	    (const char *const[]){ requests, name_argument(context) });
	if (rows_count(rows) == 0)
		command_fail("there is no such client");
	return 0;
}

int
client_list(struct context *context)
{
	struct rows *rows = command_query(
	    context, &statements[SQL_CLIENT_LIST], (const char *const[]){ command_now(context) });

	for (size_t i = 0; i < rows_count(rows); i++)
		printf("%-24s %-10s %s key(s)  %s%s  %s\n", rows_text(rows, i, "name"),
		    rows_text(rows, i, "state"), rows_text(rows, i, "keys"),
		    rows_text(rows, i, "scopes"), rows_text(rows, i, "pace"),
		    rows_text(rows, i, "id"));
	return 0;
}
