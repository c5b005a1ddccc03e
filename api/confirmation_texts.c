/* confirmation_texts.c: what the page says on which an address is confirmed, in both languages. */
#include "api/confirmation_texts.h"

/* clang-format off */
const char *const confirmation_texts[CONFIRMATION_TEXT_COUNT][LANGUAGE_COUNT] = {
	[CONFIRMATION_HEADING] = { "E-Mail-Adresse bestätigen", "Confirm your e-mail address" },
	[CONFIRMATION_HINT] = {
		"Mit einem Klick bestätigen Sie, dass Sie sich angemeldet haben und diese Adresse "
		"Ihnen gehört.",
		"With one click you confirm that you registered and that this address is yours.",
	},
	[CONFIRMATION_NOW] = { "Bestätigen", "Confirm" },
	[CONFIRMATION_NOT_YOU] = {
		"Wenn Sie sich nicht angemeldet haben, tun Sie nichts: Dann wird alles von selbst "
		"gelöscht.",
		"If you did not register, do nothing: everything is then deleted by itself.",
	},
};
/* clang-format on */
