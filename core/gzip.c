/* gzip.c: bytes packed for the way, by zlib. */
#include <zlib.h>

#include "core/gzip.h"

bool
gzip_pack(struct buffer *out, const struct buffer *in, int level)
{
	z_stream stream = { .next_in = (Bytef *)in->bytes, .avail_in = (uInt)in->length };
	size_t bound;
	bool is_packed;

	if (deflateInit2(&stream, level, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	bound = deflateBound(&stream, in->length);
	stream.next_out = (Bytef *)buffer_reserve(out, bound);
	stream.avail_out = (uInt)bound;
	is_packed = deflate(&stream, Z_FINISH) == Z_STREAM_END;
	out->length += is_packed ? bound - stream.avail_out : 0;
	deflateEnd(&stream);
	return is_packed;
}
