/* unsubscribing_texts.c: what the pages say that end mails, in both languages. */
#include "api/unsubscribing_texts.h"

/* clang-format off */
const char *const unsubscribing_texts[UNSUBSCRIBING_TEXT_COUNT][LANGUAGE_COUNT] = {
	[UNSUBSCRIBING_REMINDERS] = { "Erinnerungen abbestellen", "Stop reminders" },
	[UNSUBSCRIBING_REMINDERS_HINT] = {
		"Sie bekommen dann keine Erinnerungen und Übersichten mehr. Was Sie wissen müssen, "
		"schreiben wir Ihnen weiter: zum Beispiel, wenn ein Treffen ausfällt.",
		"You will get no more reminders and overviews. We still write what you need to know: "
		"for example, when a meeting is cancelled.",
	},
	[UNSUBSCRIBING_REMINDERS_DONE] = {
		"Sie bekommen keine Erinnerungen und Übersichten mehr.",
		"You get no more reminders and overviews.",
	},
	[UNSUBSCRIBING_MAILS] = { "E-Mails abbestellen", "Stop e-mails" },
	[UNSUBSCRIBING_MAILS_HINT] = {
		"Sie bekommen dann nur noch E-Mails, die Sie selbst anfordern. Wir schreiben Ihnen "
		"auch nicht mehr, wenn ein Treffen ausfällt oder ein Platz für Sie frei wird.",
		"You will then only get e-mails that you ask for yourself. We will not even write "
		"when a meeting is cancelled or a place becomes free for you.",
	},
	[UNSUBSCRIBING_MAILS_DONE] = {
		"Sie bekommen nur noch E-Mails, die Sie selbst anfordern.",
		"You only get e-mails that you ask for yourself.",
	},
	[UNSUBSCRIBING_END] = { "Abbestellen", "Stop them" },
	[UNSUBSCRIBING_BACK] = { "Wieder alle E-Mails bekommen", "Get all e-mails again" },
};
/* clang-format on */
