/* merge_patch.h: JSON Merge Patch (RFC 7396). */
#ifndef API_MERGE_PATCH_H
#define API_MERGE_PATCH_H

#include <jansson.h>

/*
 * What the patch makes of the target: a new reference, the caller's to drop. Neither is changed.
 * NULL if one of them is nested in more than 64 levels, which no schema would accept.
 */
json_t *merge_patch(const json_t *target, const json_t *patch);

#endif
