/* layout_texts.h: what the parts of pages say by themselves. */
#ifndef API_LAYOUT_TEXTS_H
#define API_LAYOUT_TEXTS_H

#include "api/language.h"

enum layout_text {
	LAYOUT_WRONG,
	LAYOUT_WRONG_LINK,
	LAYOUT_WRONG_TITLE,
	LAYOUT_FAULT_MISSING,
	LAYOUT_FAULT_LONG,
	LAYOUT_FAULT_OTHER,
	LAYOUT_TEXT_COUNT
};

extern const char *const layout_texts[LAYOUT_TEXT_COUNT][LANGUAGE_COUNT];

#endif
