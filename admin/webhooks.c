/* webhooks.c: a new key to sign webhooks with. */
#include <stdio.h>

#include "admin/webhooks.h"
#include "admin_sql.h"
#include "core/secrets.h"
#include "core/signatures.h"
#include "core/uuid.h"

int
webhooks_rotate(struct context *context)
{
	unsigned char public[SIGNATURES_PUBLIC_SIZE], secret[SIGNATURES_SECRET_SIZE];
	const char *id = uuid_new(context->arena), *sealed;
	struct rows *rows;

	signatures_keys_new(public, secret);
	sealed =
	    secrets_seal(context->arena, SECRETS_WEBHOOK, id, (const char *)secret, sizeof(secret));
	secrets_forget(secret, sizeof(secret));
	rows = command_query(context, &statements[SQL_WEBHOOK_KEY_ROTATE],
	    (const char *const[]){ command_now(context), id,
		secrets_bytea(context->arena, public, sizeof(public)), sealed });
	printf("%s\n", rows_text(rows, 0, "public"));
	return 0;
}
