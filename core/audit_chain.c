/* audit_chain.c: an entry of the audit as bytes that no other entry has, and their seal. */
#include <string.h>

#include "core/audit_chain.h"
#include "core/buffer.h"

#define VERSION "audit 1"

static const char *const members[] = { "sequence", "transaction", "at", "writer", "action",
	"resource", "resource_id", "revision", "members", "reason" };

/* With its length, so that nothing can move from one member into the next. */
static void
append_member(struct buffer *bytes, const char *value)
{
	if (value == NULL)
		buffer_string(bytes, "-");
	else
		buffer_printf(bytes, "%zu:%s", strlen(value), value);
}

void
audit_chain(struct arena *arena, const struct rows *rows, size_t row, struct audit_seal *seal)
{
	struct buffer bytes;

	buffer_init(&bytes, arena, 512);
	buffer_string(&bytes, VERSION);
	buffer_append(&bytes, (const char *)seal->bytes, sizeof(seal->bytes));
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		append_member(&bytes, rows_text(rows, row, members[i]));
	secrets_hash(SECRETS_AUDIT, bytes.bytes, bytes.length, seal->bytes);
}

bool
audit_seal_read(struct arena *arena, const char *bytea, struct audit_seal *ret)
{
	size_t length;
	const char *bytes = secrets_bytes(arena, bytea, &length);

	if (bytes == NULL || length != sizeof(ret->bytes))
		return false;
	memcpy(ret->bytes, bytes, length);
	return true;
}
