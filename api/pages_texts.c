/* pages_texts.c: what pages say when something went wrong, in both languages. */
#include "api/pages_texts.h"

/* clang-format off */
const char *const pages_texts[PAGES_TEXT_COUNT][LANGUAGE_COUNT] = {
	[PAGES_FAILED] = { "Das hat nicht geklappt", "That did not work" },
	[PAGES_FAILED_HINT] = {
		"Es wurde nichts geändert. Bitte versuchen Sie es noch einmal.",
		"Nothing was changed. Please try again.",
	},
	[PAGES_NOT_FOUND] = { "Dieser Link führt zu nichts", "This link leads nowhere" },
	[PAGES_NOT_FOUND_HINT] = {
		"Vielleicht ist er zu alt, oder es gibt schon einen neueren. Nehmen Sie den Link aus der letzten E-Mail. "
		"Achten Sie darauf, dass er vollständig ist.",
		"Perhaps it is too old, or there is a newer one already. Use the link in the latest e-mail. "
		"Make sure that it is complete.",
	},
	[PAGES_SIGN_IN] = { "Sie sind nicht angemeldet", "You are not signed in" },
	[PAGES_SIGN_IN_HINT] = {
		"Der Link zur Anmeldung gilt zehn Minuten, nur einmal, und nur in dem Browser, in dem Sie ihn angefordert haben. "
		"Fordern Sie auf der Anmeldeseite Ihrer Gruppe einen neuen an.",
		"The link to sign in is good for ten minutes, only once, and only in the browser in which you asked for it. "
		"Ask for a new one on the sign-in page of your group.",
	},
	[PAGES_FOREIGN] = { "Das kam nicht von unserer Seite", "This did not come from our page" },
	[PAGES_FOREIGN_HINT] = {
		"Zu Ihrer Sicherheit wurde nichts geändert. Öffnen Sie den Link aus unserer E-Mail noch einmal.",
		"To keep you safe, nothing was changed. Please open the link in our e-mail again.",
	},
	[PAGES_TOO_LATE] = { "Das ist nicht mehr möglich", "This is not possible any more" },
	[PAGES_TOO_LATE_HINT] = {
		"Die Anmeldung hat inzwischen einen anderen Stand. Sehen Sie bitte nach, wie es jetzt steht.",
		"The registration has changed meanwhile. Please look how things stand now.",
	},
	[PAGES_CLOSED] = { "Die Anmeldung ist geschlossen", "Registration is closed" },
	[PAGES_CLOSED_HINT] = {
		"Für dieses Treffen kann man sich nicht mehr anmelden.",
		"It is too late to register for this meeting.",
	},
	[PAGES_FULL] = { "Es ist kein Platz frei", "There is no place left" },
	[PAGES_FULL_HINT] = { "Alle Plätze sind vergeben.", "All places are taken." },
	[PAGES_DUPLICATE] = {
		"Diese Adresse ist schon angemeldet",
		"This address is registered already",
	},
	[PAGES_DUPLICATE_HINT] = {
		"Mit dieser E-Mail-Adresse gibt es hier schon eine Anmeldung. Es ist nichts weiter zu tun.",
		"There is a registration with this e-mail address here already. Nothing more is to be done.",
	},
	[PAGES_RELAY_OFF] = {
		"Die Gruppe nimmt keine Nachrichten an",
		"The group takes no messages",
	},
	[PAGES_RELAY_OFF_HINT] = {
		"In ihrem Eintrag steht, wie sie sonst zu erreichen ist.",
		"Its entry says how else it can be reached.",
	},
	[PAGES_TOO_MANY] = { "Das waren zu viele Anfragen", "Those were too many requests" },
	[PAGES_TOO_MANY_HINT] = {
		"Bitte warten Sie eine Minute und versuchen Sie es dann noch einmal.",
		"Please wait for a minute and try again.",
	},
	[PAGES_UNAVAILABLE] = { "Gerade geht es nicht", "It does not work just now" },
	[PAGES_UNAVAILABLE_HINT] = {
		"Bitte versuchen Sie es in ein paar Minuten noch einmal. Ihr Link gilt weiter.",
		"Please try again in a few minutes. Your link stays good.",
	},
	[PAGES_SUPPRESSED] = {
		"E-Mails an Sie kommen zurück",
		"E-mails to you come back",
	},
	[PAGES_SUPPRESSED_HINT] = {
		"Ihre Adresse war nicht zu erreichen, deshalb schicken wir keine E-Mails mehr dorthin. Das sehen nur Sie. "
		"Wenn Sie wieder E-Mails möchten, melden Sie sich bitte neu an und bestätigen Sie dabei Ihre Adresse.",
		"Your address could not be reached, so we send no more e-mails there. Only you can see this. "
		"If you want e-mails again, please register anew and confirm your address.",
	},
	[PAGES_BACK] = { "Zurück", "Back" },
	[PAGES_REQUEST] = {
		"Wenn Sie uns deswegen schreiben, nennen Sie bitte diese Nummer: {}",
		"If you write to us about this, please tell us this number: {}",
	},
};
/* clang-format on */
