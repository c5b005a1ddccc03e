/* gzip.h: bytes packed for the way (RFC 1952), by zlib. */
#ifndef CORE_GZIP_H
#define CORE_GZIP_H

#include <stdbool.h>

#include "core/buffer.h"

/* Packs all of `in` into `out`; from level 1, the quickest, to 9. False on failure. */
bool gzip_pack(struct buffer *out, const struct buffer *in, int level);

#endif
