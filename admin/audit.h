/* audit.h: whether the audit is as it was written. */
#ifndef ADMIN_AUDIT_H
#define ADMIN_AUDIT_H

#include "admin/command.h"

/*
 * Walks all seals and names the first place where the audit is not what was sealed; with --head it
 * also must have grown out of the head that audit_head printed. The status tells.
 */
command audit_verify;

/* Prints the head of the chain, POSITION:SEAL, to be kept where no administrator of ours writes. */
command audit_head;

#endif
