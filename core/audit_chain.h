/* audit_chain.h: the seals of the audit: each a keyed hash over the one before and an entry. */
#ifndef CORE_AUDIT_CHAIN_H
#define CORE_AUDIT_CHAIN_H

#include "core/db.h"
#include "core/secrets.h"

/* What stands for the seal before the first is all zeros. */
struct audit_seal {
	unsigned char bytes[SECRETS_HASH_SIZE];
};

/*
 * From the seal of the entry before to that of the entry in a row, which has sequence, transaction,
 * at (microseconds), writer, action, resource, resource_id, revision, members and reason. A member
 * that the audit gets later is not sealed unless it is named in a new version of the seal.
 */
void audit_chain(struct arena *arena, const struct rows *rows, size_t row, struct audit_seal *seal);

/* A seal as PostgreSQL writes it; false if it is none. */
bool audit_seal_read(struct arena *arena, const char *bytea, struct audit_seal *ret);

#endif
