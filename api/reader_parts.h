/* reader_parts.h: the parts that a request is made of, and how far one has come. */
#ifndef API_READER_PARTS_H
#define API_READER_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "api/reader.h"
#include "api/reader_syntax.h"
#include "core/arena.h"
#include "core/buffer.h"

/* In the order in which they may come; those behind PART_FIELD are the body. */
enum part {
	PART_BLANK,
	PART_METHOD,
	PART_TARGET,
	PART_VERSION,
	PART_FIELD,
	PART_BODY,
	PART_CHUNK_LINE,
	PART_CHUNK,
	PART_CHUNK_END,
	PART_TRAILER,
	PART_COMPLETE,
};

struct reader {
	struct arena *arena;
	const struct reader_limits *limits;
	enum part part;
	enum flaw flaw;
	size_t room;        /* bytes that the part may still hold; of the body: that it must */
	bool after_cr;      /* of the line end the first half is there */
	struct buffer text; /* the part as far as it has come */
	const char *target;
	struct header_field *fields;
	size_t head_bytes;      /* with the trailers */
	size_t field_lines;     /* with the trailers */
	size_t extensions_room; /* for all chunk lines together */
	struct framing framing;
	struct buffer body;
	struct http_message message;
};

struct part_rule {
	char end; /* the byte that ends it; '\r' stands for CR LF, '\0' for when room is used up */
	enum alphabet alphabet; /* what it may hold */
	enum flaw stray;        /* what any other byte is */
	enum flaw excess;       /* what a byte beyond room is */

	/* What follows from it, and what is next. The text is gone afterwards. */
	enum flaw (*finish)(struct reader *reader, const char *text);
};

extern const struct part_rule part_rules[PART_COMPLETE];

/* The part that is next, and the bytes it may hold. */
void reader_begin(struct reader *reader, enum part part, size_t room);

#define METHOD_LENGTH_MAX     32
#define EXTENSIONS_LENGTH_MAX ((size_t)4096)

#endif
