/* sign_in_texts.h: what the pages say on which leaders sign in. */
#ifndef API_SIGN_IN_TEXTS_H
#define API_SIGN_IN_TEXTS_H

#include "api/language.h"

enum sign_in_text {
	SIGN_IN_HEADING,
	SIGN_IN_HINT,
	SIGN_IN_EMAIL,
	SIGN_IN_ASK,
	SIGN_IN_ASKED,
	SIGN_IN_ASKED_HINT,
	SIGN_IN_AGAIN,
	SIGN_IN_LINK_HEADING,
	SIGN_IN_LINK_HINT,
	SIGN_IN_INVITED,
	SIGN_IN_INVITED_HINT,
	SIGN_IN_FOLLOW,
	SIGN_IN_TEXT_COUNT
};

extern const char *const sign_in_texts[SIGN_IN_TEXT_COUNT][LANGUAGE_COUNT];

#endif
