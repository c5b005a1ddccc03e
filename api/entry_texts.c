/* entry_texts.c: what the page says that asks whether an entry is right, in both languages. */
#include "api/entry_texts.h"

/* clang-format off */
const char *const entry_texts[ENTRY_TEXT_COUNT][LANGUAGE_COUNT] = {
	[ENTRY_HEADING] = {
		"Der Eintrag Ihrer Gruppe",
		"The entry of your group",
	},
	[ENTRY_DUE] = {
		"Bitte sehen Sie sich an, was über Ihre Gruppe veröffentlicht ist, und sagen Sie uns, ob es stimmt.",
		"Please have a look at what is published about your group, and tell us whether it is right.",
	},
	[ENTRY_IS_RIGHT] = {
		"Der Eintrag ist bestätigt. Vielen Dank! Sie müssen nichts weiter tun.",
		"The entry is confirmed. Thank you! There is nothing else to do.",
	},
	[ENTRY_IS_GONE] = {
		"Die Gruppe ist als beendet eingetragen. Wer eine Gruppe sucht, findet sie nicht mehr. Gibt es sie doch noch? "
		"Dann wenden Sie sich bitte an die Stelle, die den Eintrag pflegt.",
		"The group is listed as ended. People who look for a group do not find it any more. Does it still exist? "
		"Then please get in touch with whoever keeps the entry.",
	},
	[ENTRY_VERIFIED] = {
		"Zuletzt bestätigt",
		"Last confirmed",
	},
	[ENTRY_PUBLISHED] = {
		"Das ist veröffentlicht",
		"This is published",
	},
	[ENTRY_SUMMARY] = {
		"Kurz gesagt",
		"In short",
	},
	[ENTRY_TOPICS] = {
		"Themen",
		"Topics",
	},
	[ENTRY_TIMES] = {
		"Treffen",
		"Meetings",
	},
	[ENTRY_NEXT] = {
		"Nächstes Treffen",
		"Next meeting",
	},
	[ENTRY_PLACE] = {
		"Ort",
		"Place",
	},
	[ENTRY_CONTACT] = {
		"Kontakt",
		"Contact",
	},
	[ENTRY_WEBSITE] = {
		"Internetseite",
		"Website",
	},
	[ENTRY_RIGHT] = {
		"Alles stimmt",
		"All of it is right",
	},
	[ENTRY_CHANGE] = {
		"Etwas stimmt nicht?",
		"Something is not right?",
	},
	[ENTRY_CHANGE_HINT] = {
		"Sagen Sie bitte der Stelle Bescheid, die den Eintrag pflegt. Sie ändert ihn für Sie.",
		"Please tell whoever keeps the entry. They will change it for you.",
	},
	[ENTRY_KEEPER] = {
		"Den Eintrag pflegt",
		"The entry is kept by",
	},
	[ENTRY_EMAIL] = {
		"E-Mail",
		"E-mail",
	},
	[ENTRY_PHONE] = {
		"Telefon",
		"Telephone",
	},
	[ENTRY_GONE_HEADING] = {
		"Gibt es die Gruppe nicht mehr?",
		"Does the group not exist any more?",
	},
	[ENTRY_GONE_HINT] = {
		"Dann findet sie niemand mehr, der eine Gruppe sucht. Der Eintrag bleibt bei der Stelle, die ihn pflegt. "
		"Termine und Anmeldungen sagt das nicht ab.",
		"Then nobody who looks for a group will find it any more. Whoever keeps the entry still has it. "
		"Meetings and registrations are not cancelled by it.",
	},
	[ENTRY_GONE] = {
		"Die Gruppe gibt es nicht mehr",
		"The group has ended",
	},
};
/* clang-format on */
