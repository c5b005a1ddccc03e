/* confirmation_texts.h: what the page says on which an address is confirmed. */
#ifndef API_CONFIRMATION_TEXTS_H
#define API_CONFIRMATION_TEXTS_H

#include "api/language.h"

enum confirmation_text {
	CONFIRMATION_HEADING,
	CONFIRMATION_HINT,
	CONFIRMATION_NOW,
	CONFIRMATION_NOT_YOU,
	CONFIRMATION_TEXT_COUNT
};

extern const char *const confirmation_texts[CONFIRMATION_TEXT_COUNT][LANGUAGE_COUNT];

#endif
