/* unsubscribing_texts.h: what the pages say that end mails. */
#ifndef API_UNSUBSCRIBING_TEXTS_H
#define API_UNSUBSCRIBING_TEXTS_H

#include "api/language.h"

/* What it is about, and what is so when it is done, follow the heading. */
enum unsubscribing_text {
	UNSUBSCRIBING_REMINDERS,
	UNSUBSCRIBING_REMINDERS_HINT,
	UNSUBSCRIBING_REMINDERS_DONE,
	UNSUBSCRIBING_MAILS,
	UNSUBSCRIBING_MAILS_HINT,
	UNSUBSCRIBING_MAILS_DONE,
	UNSUBSCRIBING_END,
	UNSUBSCRIBING_BACK,
	UNSUBSCRIBING_TEXT_COUNT
};

extern const char *const unsubscribing_texts[UNSUBSCRIBING_TEXT_COUNT][LANGUAGE_COUNT];

#endif
