/* signing.c: shared secrets of the endpoint, and keys of ours that all can check. */
#include <stdio.h>
#include <string.h>

#include "core/buffer.h"
#include "core/clock.h"
#include "core/secrets.h"
#include "core/signatures.h"
#include "core/uuid.h"
#include "workers/signing.h"
#include "workers_sql.h"

#define REFRESH_MS 2000
#define KEYS_MAX   4

static struct {
	unsigned char secrets[KEYS_MAX][SIGNATURES_SECRET_SIZE];
	size_t count;
	uint64_t until;
} keys;

static struct rows *
query(struct db *db, struct arena *arena, enum sql name, const char *const *values)
{
	struct db_error error;

	return db_query(db, arena, &statements[name], values, &error);
}

/* One of a sender that was faster stays. */
static bool
make_first(struct db *db, struct arena *arena)
{
	unsigned char public[SIGNATURES_PUBLIC_SIZE], secret[SIGNATURES_SECRET_SIZE];
	const char *id = uuid_new(arena), *sealed;

	signatures_keys_new(public, secret);
	sealed = secrets_seal(arena, SECRETS_WEBHOOK, id, (const char *)secret, sizeof(secret));
	secrets_forget(secret, sizeof(secret));
	return query(db, arena, SQL_WEBHOOK_KEY_ADD,
		   (const char *const[]){ id, secrets_bytea(arena, public, sizeof(public)), sealed,
		       clock_text(arena, clock_now()) }) != NULL;
}

static void
take(struct arena *arena, const struct rows *rows)
{
	keys.count = 0;
	for (size_t row = 0; row < rows_count(rows) && keys.count < KEYS_MAX; row++) {
		size_t length;
		char *secret = secrets_open_sealed(arena, SECRETS_WEBHOOK,
		    rows_text(rows, row, "id"), rows_text(rows, row, "secret"), &length);

		if (secret == NULL || length != SIGNATURES_SECRET_SIZE)
			continue;
		memcpy(keys.secrets[keys.count++], secret, length);
		secrets_forget(secret, length);
	}
}

static bool
read_all(struct db *db, struct arena *arena)
{
	const char *const values[] = { clock_text(arena, clock_now()) };
	struct rows *rows = query(db, arena, SQL_WEBHOOK_KEYS_LIST, values);

	if (rows != NULL && rows_count(rows) == 0)
		rows =
		    make_first(db, arena) ? query(db, arena, SQL_WEBHOOK_KEYS_LIST, values) : NULL;
	if (rows != NULL)
		take(arena, rows);
	return rows != NULL && keys.count > 0;
}

bool
signing_refresh(struct db *db)
{
	struct arena *arena;
	bool is_done;

	if (clock_monotonic() < keys.until)
		return true;
	arena = arena_new();
	is_done = read_all(db, arena);
	arena_free(arena);
	if (is_done)
		keys.until = clock_monotonic() + REFRESH_MS;
	return is_done;
}

void
signing_sign(struct post *post, const struct endpoint *endpoint, const char *id)
{
	struct arena *arena = post->arena;
	struct signed_message message = { id, clock_now() / 1000000, post->body };
	struct buffer line;

	buffer_init(&line, arena, 512);
	buffer_printf(
	    &line, "webhook-signature: %s", signatures_shared(arena, endpoint->secret, &message));
	if (endpoint->former_secret != NULL)
		buffer_printf(
		    &line, " %s", signatures_shared(arena, endpoint->former_secret, &message));
	for (size_t i = 0; i < keys.count; i++)
		buffer_printf(&line, " %s", signatures_public(arena, keys.secrets[i], &message));
	post->fields[0] = "Content-Type: application/json";
	post->fields[1] = arena_printf(arena, "webhook-id: %s", id);
	post->fields[2] = arena_printf(arena, "webhook-timestamp: %lld", message.timestamp);
	post->fields[3] = buffer_text(&line);
}
