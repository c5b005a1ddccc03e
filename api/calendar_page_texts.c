/* calendar_page_texts.c: what the page of a calendar says, in both languages. */
#include "api/calendar_page_texts.h"

/* clang-format off */
const char *const calendar_page_texts[TEXT_COUNT][LANGUAGE_COUNT] = {
	[TEXT_HEADING] = {
		"Kalender abonnieren",
		"Subscribe to the calendar",
	},
	[TEXT_ABOUT] = {
		"Mit einem Abonnement stehen die Termine in Ihrem eigenen Kalender. "
		"Wird ein Termin verschoben oder abgesagt, ändert er sich dort von selbst.",
		"With a subscription, the dates appear in your own calendar. "
		"If a date is moved or cancelled, your calendar changes by itself.",
	},
	[TEXT_PERSONAL] = {
		"Diese Adresse ist nur für Sie",
		"This address is for you alone",
	},
	[TEXT_PERSONAL_HINT] = {
		"Wer die Adresse dieses Kalenders kennt, sieht Ihre Termine. Geben Sie sie nicht weiter. "
		"Wo Sie den Kalender angelegt haben, können Sie die Adresse sperren und eine neue bekommen. "
		"Die alte zeigt dann nichts mehr.",
		"Anyone who has the address of this calendar can see your dates. Do not pass it on. "
		"Where you created the calendar you can block the address and get a new one. "
		"The old one then shows nothing any more.",
	},
	[TEXT_OPEN] = {
		"Auf diesem Gerät",
		"On this device",
	},
	[TEXT_OPEN_HINT] = {
		"Für iPhone, iPad und Mac, und für Programme wie Outlook und Thunderbird. "
		"Auf Android kopieren Sie die Adresse weiter unten.",
		"For iPhone, iPad and Mac, and for programs like Outlook and Thunderbird. "
		"On Android, copy the address further down.",
	},
	[TEXT_OPEN_LINK] = {
		"In meinem Kalender öffnen",
		"Open in my calendar",
	},
	[TEXT_GOOGLE] = {
		"Mit Google Kalender",
		"With Google Calendar",
	},
	[TEXT_GOOGLE_HINT] = {
		"Öffnen Sie den Link an einem Computer; die App von Google kann es nicht. "
		"Danach erscheinen die Termine auch auf Ihrem Telefon. Google kennt dann diese Termine.",
		"Open the link on a computer; Google’s app cannot do it. "
		"The dates then appear on your phone too. Google will know these dates.",
	},
	[TEXT_GOOGLE_LINK] = {
		"In Google Kalender öffnen",
		"Open in Google Calendar",
	},
	[TEXT_COPY] = {
		"Adresse kopieren",
		"Copy the address",
	},
	[TEXT_COPY_HINT] = {
		"Für alle anderen Programme: Kopieren Sie die Adresse. Fügen Sie sie dort ein, "
		"wo das Programm nach der Adresse (URL) eines Kalenders fragt. "
		"Auf Android brauchen Sie eine App, die Kalender abonniert, zum Beispiel ICSx⁵.",
		"For all other programs: copy the address. Paste it "
		"where the program asks for the address (URL) of a calendar. "
		"On Android you need an app that subscribes to calendars, for example ICSx⁵.",
	},
	[TEXT_COPY_LABEL] = {
		"Adresse des Kalenders",
		"Address of the calendar",
	},
	[TEXT_SCAN] = {
		"Auf einem anderen Gerät",
		"On another device",
	},
	[TEXT_SCAN_HINT] = {
		"Für iPhone und iPad: Richten Sie die Kamera auf dieses Bild. "
		"Auf Android nehmen Sie stattdessen die Adresse weiter oben.",
		"For iPhone and iPad: point the camera at this picture. "
		"On Android, use the address further up instead.",
	},
	[TEXT_SCAN_LABEL] = {
		"QR-Code mit der Adresse des Kalenders",
		"QR code with the address of the calendar",
	},
	[TEXT_DELAY] = {
		"Änderungen kommen nicht sofort an",
		"Changes do not arrive at once",
	},
	[TEXT_DELAY_HINT] = {
		"Jedes Programm sieht in eigenen Abständen nach: Google oft nur alle 8 bis 24 Stunden, "
		"Outlook.com etwa alle 3 Stunden, andere meist stündlich bis täglich. "
		"Eine Absage kurz vor dem Termin sehen Sie deshalb vielleicht zu spät.",
		"Each program checks for changes at its own pace: Google often only every 8 to 24 hours, "
		"Outlook.com about every 3 hours, others mostly between hourly and daily. "
		"You may therefore see a late cancellation too late.",
	},
};
/* clang-format on */
