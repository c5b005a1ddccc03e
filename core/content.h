/* content.h: calendars written line by line as iCalendar (RFC 5545), or as jCal (RFC 7265). */
#ifndef CORE_CONTENT_H
#define CORE_CONTENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buffer.h"

enum content_format { CONTENT_ICS, CONTENT_JCAL };

#define CONTENT_DEPTH_MAX 4

struct content {
	struct buffer *out;
	enum content_format format;
	size_t depth;
	struct {
		bool has_properties;
		bool has_components;
	} open[CONTENT_DEPTH_MAX];
};

void content_init(struct content *content, struct buffer *out, enum content_format format);

/* Components are written after the properties of the one that they are in. */
void content_begin(struct content *content, const char *component);
void content_end(struct content *content, const char *component);

/*
 * A property whose value is text: escaped, without control characters. Lines are folded at 75
 * octets, never inside of a character or an escape. Nothing if the text is NULL.
 */
void content_text(struct content *content, const char *name, const char *text);

/* A word that needs no escaping: a status, a UUID. */
void content_word(struct content *content, const char *name, const char *word);

/*
 * A URI. Whatever may not stand in one is percent-encoded, so that it stays one line. is_said: the
 * property has another type unless this one is said.
 */
void content_uri(struct content *content, const char *name, const char *uri, bool is_said);

void content_number(struct content *content, const char *name, int64_t number);
void content_duration(
    struct content *content, const char *name, const char *duration, bool is_said);

/* Seconds since 1970: with the name of a zone, as its clocks show them; without (NULL), in UTC. */
void content_time(struct content *content, const char *name, const char *zone, int64_t seconds);

/* The same of a zone that the component is about: it has no name there. */
void content_local(struct content *content, const char *name, int64_t seconds);

/* Seconds east of Greenwich. */
void content_offset(struct content *content, const char *name, int seconds);

/* "FREQ=WEEKLY;BYDAY=WE", with an end in UTC, or without (0). */
void content_rule(struct content *content, const char *rule, int64_t until);

/* "50.938000;6.957000" */
void content_point(struct content *content, const char *point);

#endif
