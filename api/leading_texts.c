/* leading_texts.c: what the page of leaders says, in both languages. */
#include "api/leading_texts.h"

/* clang-format off */
const char *const leading_texts[LEADING_TEXT_COUNT][LANGUAGE_COUNT] = {
	[LEADING_HEADING] = { "Ihre Gruppe", "Your group" },
	[LEADING_MEETINGS] = { "Die nächsten Treffen", "The next meetings" },
	[LEADING_NO_MEETINGS] = { "Es ist kein Treffen geplant.", "No meeting is planned." },
	[LEADING_OFF] = { "Dieses Treffen fällt aus.", "This meeting does not take place." },
	[LEADING_CONFIRMED] = { "Angemeldet", "Registered" },
	[LEADING_REGULAR] = { "Mit festem Platz", "With a regular place" },
	[LEADING_OFFERED] = { "Platz angeboten", "Offered a place" },
	[LEADING_WAITING] = { "Auf der Warteliste", "On the waiting list" },
	[LEADING_CAPACITY] = { "Plätze", "Places" },
	[LEADING_APPLICANTS] = {
		"Wer auf Ihre Entscheidung wartet",
		"Who waits for your decision",
	},
	[LEADING_APPLICANTS_HINT] = {
		"Die Personen sehen, dass ihre Anmeldung gelesen wurde.",
		"These people can see that their registration was read.",
	},
	[LEADING_NO_APPLICANTS] = { "Gerade wartet niemand.", "Nobody is waiting just now." },
	[LEADING_WANTS] = { "Treffen", "Meeting" },
	[LEADING_ADMIT] = { "Aufnehmen", "Admit" },
	[LEADING_REASON] = { "Begründung", "Reason" },
	[LEADING_REASON_HINT] = { "Die Person liest sie.", "The person reads it." },
	[LEADING_REJECT] = { "Absagen", "Say no" },
	[LEADING_END] = { "Abmelden", "Sign out" },
	[LEADING_ENDED] = { "Sie sind abgemeldet", "You are signed out" },
	[LEADING_ENDED_HINT] = {
		"Sie können dieses Fenster schließen.",
		"You can close this window.",
	},
};
/* clang-format on */
