/* calendar_page_texts.h: what the page of a calendar says, in both languages. */
#ifndef API_CALENDAR_PAGE_TEXTS_H
#define API_CALENDAR_PAGE_TEXTS_H

#include "api/language.h"

/* The hint of a section follows its heading. */
enum text {
	TEXT_HEADING,
	TEXT_ABOUT,
	TEXT_PERSONAL,
	TEXT_PERSONAL_HINT,
	TEXT_OPEN,
	TEXT_OPEN_HINT,
	TEXT_OPEN_LINK,
	TEXT_GOOGLE,
	TEXT_GOOGLE_HINT,
	TEXT_GOOGLE_LINK,
	TEXT_COPY,
	TEXT_COPY_HINT,
	TEXT_COPY_LABEL,
	TEXT_SCAN,
	TEXT_SCAN_HINT,
	TEXT_SCAN_LABEL,
	TEXT_DELAY,
	TEXT_DELAY_HINT,
	TEXT_COUNT
};

/* Without anything that HTML would take for markup. */
extern const char *const calendar_page_texts[TEXT_COUNT][LANGUAGE_COUNT];

#endif
