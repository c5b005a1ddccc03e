/* feed.c: a calendar feed made of what the database says. */
#include <stdlib.h>
#include <string.h>

#include "core/calendar.h"
#include "core/feed.h"
#include "core/gzip.h"
#include "core/sealing.h"
#include "core/secrets.h"

#define TAG_BYTES  16
#define GZIP_LEVEL 6

const char *const feed_formats[] = { [CONTENT_ICS] = "ics", [CONTENT_JCAL] = "jcal" };

/* Kept in the clear. Two persons' never agree: each event of theirs has a UID that no other has. */
static const char *
tag(struct arena *arena, const struct buffer *body)
{
	unsigned char hash[SECRETS_HASH_SIZE];

	secrets_hash(SECRETS_FEED, body->bytes, body->length, hash);
	return arena_printf(arena, "\"%s\"", secrets_bytea(arena, hash, TAG_BYTES) + 2);
}

/* The title that a person has given their events; absent if there is none. False if it is lost. */
static bool
open_title(
    struct arena *arena, const struct rows *head, const struct sealing_key *key, const char **ret)
{
	const char *sealed = rows_text(head, 0, "title");
	enum sealed_type type;
	size_t length;

	*ret = sealed == NULL ? NULL :
				sealing_open(arena, key, rows_text(head, 0, "_person"), "title",
				    sealed, &type, &length);
	return sealed == NULL || *ret != NULL;
}

static bool
draw(struct buffer *out, const char *base_url, const struct rows *head, const struct rows *events,
    enum content_format format, const char *title)
{
	const struct calendar calendar = {
		.base_url = base_url,
		.language = rows_text(head, 0, "language"),
		.name = rows_text(head, 0, "name"),
		.summary = rows_text(head, 0, "summary"),
		.title = title,
		.alarm = rows_text(head, 0, "alarm"),
		.is_personal = rows_text(head, 0, "_person") != NULL,
		.placeholder = rows_text(head, 0, "placeholder"),
		.since = strtoll(rows_text(head, 0, "since"), NULL, 10),
	};

	return calendar_write(out, &calendar, events, format);
}

/* A person's feed is kept under their key, for its row and form alone. */
static enum feed_outcome
make_personal(struct arena *arena, const char *base_url, const struct rows *head,
    const struct rows *events, enum content_format format, struct feed *ret)
{
	struct sealing_key key;
	const char *title;
	bool is_open = sealing_key_of_row(head, 0, &key) && open_title(arena, head, &key, &title);

	if (is_open && draw(&ret->body, base_url, head, events, format, title))
		ret->sealed = sealing_seal(arena, &key, rows_text(head, 0, "feed_id"),
		    feed_formats[format], SEALED_TEXT, ret->body.bytes, ret->body.length);
	secrets_forget(&key, sizeof(key));
	return !is_open ? FEED_SEALED : ret->sealed == NULL ? FEED_TOO_LARGE : FEED_MADE;
}

static enum feed_outcome
make_public(const char *base_url, const struct rows *head, const struct rows *events,
    enum content_format format, bool packs, struct feed *ret)
{
	if (!draw(&ret->body, base_url, head, events, format, NULL))
		return FEED_TOO_LARGE;
	if (packs)
		gzip_pack(&ret->packed, &ret->body, GZIP_LEVEL);
	return FEED_MADE;
}

enum feed_outcome
feed_make(struct arena *arena, const char *base_url, const struct rows *head,
    const struct rows *events, enum content_format format, bool packs, struct feed *ret)
{
	enum feed_outcome outcome;

	*ret = (struct feed){ 0 };
	buffer_init(&ret->body, arena, 1024 + 512 * rows_count(events));
	buffer_init(&ret->packed, arena, 0);
	outcome = rows_text(head, 0, "_person") != NULL ?
	    make_personal(arena, base_url, head, events, format, ret) :
	    make_public(base_url, head, events, format, packs, ret);
	if (outcome == FEED_MADE)
		ret->etag = tag(arena, &ret->body);
	return outcome;
}

const char *
feed_packed(struct arena *arena, const struct feed *feed)
{
	return feed->packed.length == 0 ?
	    NULL :
	    secrets_bytea(arena, feed->packed.bytes, feed->packed.length);
}

const char *
feed_open(struct arena *arena, const struct rows *kept, const char *feed,
    enum content_format format, size_t *ret_length)
{
	const char *body = NULL;
	struct sealing_key key;
	enum sealed_type type;

	if (sealing_key_of_row(kept, 0, &key))
		body = sealing_open(arena, &key, feed, feed_formats[format],
		    rows_text(kept, 0, "body"), &type, ret_length);
	secrets_forget(&key, sizeof(key));
	return body;
}
