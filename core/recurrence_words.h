/* recurrence_words.h: when a series meets, as a sentence for people. */
#ifndef CORE_RECURRENCE_WORDS_H
#define CORE_RECURRENCE_WORDS_H

#include "core/recurrence.h"

struct recurrence_words {
	const struct recurrence *series;
	int start_minute; /* of the day, local time */
	int minutes;      /* how long a meeting takes */
	int sessions;     /* 0: no limit */
	bool skips_holidays;
};

/*
 * The sentence in German and English as a JSON object: {"de": "jeden 1. und 3. Mittwoch im Monat,
 * 19:00–20:30 Uhr", "en": "…"}. NULL if a rule has no simple form.
 */
const char *recurrence_sentences(struct arena *arena, const struct recurrence_words *words);

/*
 * A date and a time as people there say it: "Mittwoch, 7. Januar 2026, 19:00 Uhr". The language is
 * "de" or "en"; any other is "de".
 */
const char *recurrence_moment(
    struct arena *arena, const char *language, recurrence_date date, int minute);

#endif
