/* suppression.c: addresses that take no mails. */
#include <string.h>

#include "core/secrets.h"
#include "core/suppression.h"

static const char *const statuses[] = { "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1" };

bool
suppression_is_called_for(const char *status)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (strcmp(status, statuses[i]) == 0)
			return true;
	return false;
}

const char *
suppression_hash(struct arena *arena, const struct address *address)
{
	const char *folded = address_folded(arena, address);
	unsigned char hash[SECRETS_HASH_SIZE];

	secrets_hash(SECRETS_SUPPRESSED, folded, strlen(folded), hash);
	return secrets_bytea(arena, hash, sizeof(hash));
}
