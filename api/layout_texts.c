/* layout_texts.c: what the parts of pages say by themselves, in both languages. */
#include "api/layout_texts.h"

/* clang-format off */
const char *const layout_texts[LAYOUT_TEXT_COUNT][LANGUAGE_COUNT] = {
	[LAYOUT_WRONG] = { "Es wurde nichts gespeichert", "Nothing was saved" },
	[LAYOUT_WRONG_LINK] = {
		"Bitte prüfen Sie Ihre Angaben.",
		"Please check what you entered.",
	},
	[LAYOUT_WRONG_TITLE] = { "Fehler: ", "Error: " },
	[LAYOUT_FAULT_MISSING] = {
		"Bitte füllen Sie dieses Feld aus.",
		"Please fill in this field.",
	},
	[LAYOUT_FAULT_LONG] = {
		"Das ist zu lang. Bitte kürzen Sie es.",
		"This is too long. Please shorten it.",
	},
	[LAYOUT_FAULT_OTHER] = {
		"Das geht hier nicht. Bitte prüfen Sie diese Angabe.",
		"This does not work here. Please check it.",
	},
};
/* clang-format on */
