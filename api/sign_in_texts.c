/* sign_in_texts.c: what the pages say on which leaders sign in, in both languages. */
#include "api/sign_in_texts.h"

/* clang-format off */
const char *const sign_in_texts[SIGN_IN_TEXT_COUNT][LANGUAGE_COUNT] = {
	[SIGN_IN_HEADING] = { "Anmeldung für die Leitung", "Sign in as a leader" },
	[SIGN_IN_HINT] = {
		"Geben Sie die E-Mail-Adresse ein, unter der Sie die Gruppe leiten. Sie bekommen "
		"einen Link, ein Passwort brauchen Sie nicht.",
		"Enter the e-mail address with which you lead the group. You get a link and need no "
		"password.",
	},
	[SIGN_IN_EMAIL] = { "E-Mail-Adresse", "E-mail address" },
	[SIGN_IN_ASK] = { "Link anfordern", "Ask for a link" },
	[SIGN_IN_ASKED] = { "Sehen Sie in Ihre E-Mails", "Look into your e-mails" },
	[SIGN_IN_ASKED_HINT] = {
		"Wenn Sie mit dieser Adresse die Gruppe leiten, ist ein Link unterwegs. Öffnen Sie "
		"ihn innerhalb von zehn Minuten in diesem Browser.",
		"If you lead the group with this address, a link is on its way. Open it within ten "
		"minutes in this browser.",
	},
	[SIGN_IN_AGAIN] = { "Noch einmal anfordern", "Ask again" },
	[SIGN_IN_LINK_HEADING] = { "Anmelden", "Sign in" },
	[SIGN_IN_LINK_HINT] = {
		"Der Link gilt nur einmal, und nur in dem Browser, in dem Sie ihn angefordert haben.",
		"The link is good only once, and only in the browser in which you asked for it.",
	},
	[SIGN_IN_INVITED] = {
		"Sie sind eingeladen, eine Gruppe zu leiten",
		"You are invited to lead a group",
	},
	[SIGN_IN_INVITED_HINT] = {
		"Mit einem Klick nehmen Sie die Einladung an und sind angemeldet.",
		"With one click you accept the invitation and are signed in.",
	},
	[SIGN_IN_FOLLOW] = { "Anmelden", "Sign in" },
};
/* clang-format on */
