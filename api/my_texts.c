/* my_texts.c: what a person's own page says, in both languages. */
#include "api/my_texts.h"

/* clang-format off */
const char *const my_texts[MY_TEXT_COUNT][LANGUAGE_COUNT] = {
	[MY_HEADING] = { "Ihre Anmeldung", "Your registration" },
	[MY_UNCONFIRMED] = {
		"Bitte bestätigen Sie Ihre E-Mail-Adresse",
		"Please confirm your e-mail address",
	},
	[MY_UNCONFIRMED_HINT] = {
		"Den Link dazu finden Sie in unserer ersten E-Mail. Bis dahin ist kein Platz für Sie "
		"reserviert.",
		"The link is in our first e-mail. Until then, no place is kept for you.",
	},
	[MY_SCREENING] = {
		"Die Gruppe möchte zuerst mit Ihnen sprechen",
		"The group wants to talk to you first",
	},
	[MY_SCREENING_HINT] = {
		"Danach erfahren Sie, ob Sie dabei sind.",
		"After that you will hear whether you can take part.",
	},
	[MY_WAITING] = { "Sie stehen auf der Warteliste", "You are on the waiting list" },
	[MY_WAITING_HINT] = {
		"Wird ein Platz frei, schreiben wir Ihnen.",
		"When a place becomes free, we will write to you.",
	},
	[MY_OFFERED] = { "Ein Platz ist für Sie frei", "There is a place for you" },
	[MY_OFFERED_HINT] = {
		"Bitte sagen Sie rechtzeitig, ob Sie ihn nehmen. Sonst bekommt ihn die nächste "
		"Person.",
		"Please say in time whether you take it. Otherwise it goes to the next person.",
	},
	[MY_CONFIRMED] = { "Sie haben einen Platz", "You have a place" },
	[MY_CONFIRMED_HINT] = {
		"Die Gruppe erwartet Sie. Wenn Sie nicht kommen können, sagen Sie bitte ab: Dann wird "
		"Ihr Platz für andere frei.",
		"The group expects you. If you cannot come, please cancel: your place is then free "
		"for others.",
	},
	[MY_CANCELLED] = { "Diese Anmeldung ist abgesagt", "This registration is cancelled" },
	[MY_CANCELLED_HINT] = { "Sie haben keinen Platz mehr.", "You have no place any more." },
	[MY_DECLINED] = { "Sie haben den Platz abgelehnt", "You declined the place" },
	[MY_DECLINED_HINT] = {
		"Er geht an die nächste Person auf der Warteliste.",
		"It goes to the next person on the waiting list.",
	},
	[MY_EXPIRED] = { "Die Frist ist abgelaufen", "The time is over" },
	[MY_EXPIRED_HINT] = {
		"Es kam keine Antwort, deshalb ist kein Platz mehr für Sie reserviert. Sie können "
		"sich neu anmelden.",
		"There was no answer, so no place is kept for you any more. You can register again.",
	},
	[MY_REJECTED] = { "Die Gruppe hat abgesagt", "The group said no" },
	[MY_REJECTED_HINT] = {
		"Das ist keine Aussage über Sie. Andere Gruppen können besser passen.",
		"This says nothing about you. Other groups may suit you better.",
	},
	[MY_OFF] = { "Dieses Treffen fällt aus.", "This meeting does not take place." },
	[MY_GROUP] = { "Gruppe", "Group" },
	[MY_WHEN] = { "Wann", "When" },
	[MY_NEXT] = { "Nächstes Treffen", "Next meeting" },
	[MY_POSITION] = { "Ihr Platz auf der Warteliste", "Your place on the waiting list" },
	[MY_CONFIRM_UNTIL] = { "Zu bestätigen bis", "To be confirmed by" },
	[MY_ANSWER_UNTIL] = { "Für Sie reserviert bis", "Kept for you until" },
	[MY_HELD_UNTIL] = { "Ein Platz ist reserviert bis", "A place is kept until" },
	[MY_TALK] = { "Gespräch", "Talk" },
	[MY_TALK_PLACE] = { "Ort des Gesprächs", "Where the talk is" },
	[MY_REASON] = { "Begründung", "Reason" },
	[MY_PLACE] = { "Ort", "Where" },
	[MY_DIRECTIONS] = { "Weg", "How to get there" },
	[MY_DIAL_IN] = { "Einwahl per Telefon", "Dial in by phone" },
	[MY_ACCESS_CODE] = { "Zugangscode", "Access code" },
	[MY_JOIN] = { "Online teilnehmen", "Join online" },
	[MY_ACCEPT] = { "Platz annehmen", "Accept the place" },
	[MY_DECLINE] = { "Platz ablehnen", "Decline the place" },
	[MY_CANCEL] = { "Absagen", "Cancel" },
	[MY_WISHES] = { "E-Mails an Sie", "E-mails to you" },
	[MY_LANGUAGE] = { "Sprache", "Language" },
	[MY_GERMAN] = { "Deutsch", "German" },
	[MY_ENGLISH] = { "Englisch", "English" },
	[MY_MAILS] = { "Welche E-Mails möchten Sie?", "Which e-mails do you want?" },
	[MY_MAILS_ALL] = { "Alle", "All" },
	[MY_MAILS_NEEDED] = {
		"Nur, was ich wissen muss: keine Erinnerungen und Übersichten",
		"Only what I need to know: no reminders and overviews",
	},
	[MY_MAILS_ASKED] = { "Nur, was ich selbst anfordere", "Only what I ask for myself" },
	[MY_REMINDERS] = { "Erinnerungen vor einem Treffen", "Reminders before a meeting" },
	[MY_REMINDING_GROUP] = { "Wie es die Gruppe vorsieht", "As the group has it" },
	[MY_REMINDING_OWN] = { "Zu den Zeiten, die ich wähle", "At the times that I choose" },
	[MY_REMINDING_NONE] = { "Keine", "None" },
	[MY_LEAD_TIMES] = { "Zeiten, die Sie wählen", "Times that you choose" },
	[MY_LEAD_TIMES_HINT] = { "Höchstens fünf.", "Five at most." },
	[MY_WEEK] = { "Eine Woche vorher", "A week before" },
	[MY_THREE_DAYS] = { "Drei Tage vorher", "Three days before" },
	[MY_TWO_DAYS] = { "Zwei Tage vorher", "Two days before" },
	[MY_DAY] = { "Einen Tag vorher", "One day before" },
	[MY_TWELVE_HOURS] = { "Zwölf Stunden vorher", "Twelve hours before" },
	[MY_SIX_HOURS] = { "Sechs Stunden vorher", "Six hours before" },
	[MY_THREE_HOURS] = { "Drei Stunden vorher", "Three hours before" },
	[MY_TWO_HOURS] = { "Zwei Stunden vorher", "Two hours before" },
	[MY_HOUR] = { "Eine Stunde vorher", "One hour before" },
	[MY_SAVE] = { "Speichern", "Save" },
	[MY_CALENDAR] = { "Kalender", "Calendar" },
	[MY_CALENDAR_HINT] = {
		"Sie können Ihre Termine in Ihrem eigenen Kalender sehen. Dafür bekommen Sie eine "
		"geheime Adresse. Sie wird nur einmal gezeigt.",
		"You can see your dates in your own calendar. For this you get a secret address. It "
		"is shown only once.",
	},
	[MY_CALENDAR_THERE] = {
		"Ihr Kalender ist eingerichtet. Seine Adresse wurde einmal gezeigt. Eine neue Adresse "
		"ersetzt die alte.",
		"Your calendar is set up. Its address was shown once. A new address replaces the old "
		"one.",
	},
	[MY_DETAIL] = { "Was soll dort stehen?", "What should it show?" },
	[MY_DISCREET] = { "Nur ein neutraler Titel", "Only a neutral title" },
	[MY_FULL] = {
		"Die Gruppe, der Ort und alle Angaben",
		"The group, the place and all details",
	},
	[MY_TITLE] = { "Neutraler Titel", "Neutral title" },
	[MY_TITLE_HINT] = {
		"Zum Beispiel „Chorprobe“. Ohne Titel steht dort „Termin“.",
		"For example “choir practice”. Without a title it says “Appointment”.",
	},
	[MY_CALENDAR_PLACE] = { "Ort bei neutralem Titel", "Place, with a neutral title" },
	[MY_NO_PLACE] = { "Kein Ort", "No place" },
	[MY_TOWN] = { "Nur die Stadt", "The town only" },
	[MY_ALARM] = { "Erinnerung durch den Kalender", "Reminder by the calendar" },
	[MY_NO_ALARM] = { "Keine", "None" },
	[MY_15_MINUTES] = { "15 Minuten vorher", "15 minutes before" },
	[MY_30_MINUTES] = { "30 Minuten vorher", "30 minutes before" },
	[MY_CALENDAR_CREATE] = { "Kalender einrichten", "Set up the calendar" },
	[MY_CALENDAR_ANEW] = { "Neue Adresse", "New address" },
	[MY_CALENDAR_END] = { "Kalender beenden", "End the calendar" },
	[MY_WRITE] = { "Nachricht an die Gruppe", "Message to the group" },
	[MY_WRITE_HINT] = {
		"Die Leitung der Gruppe liest Ihre Nachricht unter Ihrem Pseudonym. Ihre "
		"E-Mail-Adresse sieht sie nicht.",
		"Those who lead the group read your message under your pseudonym. They do not see "
		"your e-mail address.",
	},
	[MY_TEXT] = { "Ihre Nachricht", "Your message" },
	[MY_SEND] = { "Senden", "Send" },
	[MY_SAID] = { "Was Sie angegeben haben", "What you told us" },
	[MY_PSEUDONYM] = { "Pseudonym", "Pseudonym" },
	[MY_EMAIL] = { "E-Mail-Adresse", "E-mail address" },
	[MY_MESSAGE] = { "Ihre Nachricht bei der Anmeldung:", "Your message when you registered:" },
	[MY_DATA] = { "Ihre Daten", "Your data" },
	[MY_DATA_HINT] = {
		"Alles, was über Sie gespeichert ist, können Sie als Datei herunterladen.",
		"You can download everything that is stored about you as a file.",
	},
	[MY_DATA_GET] = { "Alle Daten herunterladen (JSON)", "Download all data (JSON)" },
	[MY_LINKS_HINT] = {
		"Kennt jemand anderes Ihren Link? Dann machen Sie alle bisherigen Links ungültig, "
		"auch die Adresse Ihres Kalenders. Den neuen Link schicken wir Ihnen auch per E-Mail.",
		"Does somebody else know your link? Then make all links so far invalid, also the "
		"address of your calendar. We also send you the new link by e-mail.",
	},
	[MY_LINKS] = { "Neuen Link anfordern", "Get a new link" },
	[MY_ERASE] = { "Alles löschen", "Erase everything" },
	[MY_ERASE_HINT] = {
		"Alles, was über Sie gespeichert ist, wird sofort und endgültig gelöscht. Wenn Sie "
		"angemeldet sind, werden Sie abgemeldet.",
		"Everything that is stored about you is erased at once and for good. If you are "
		"registered, your registration is cancelled.",
	},
	[MY_ERASE_NOW] = { "Ja, alles löschen", "Yes, erase everything" },
	[MY_ERASE_NOT] = { "Nein, zurück", "No, go back" },
	[MY_ERASED] = { "Es ist alles gelöscht", "Everything is erased" },
	[MY_ERASED_HINT] = {
		"Über Sie ist nichts mehr gespeichert. Dieser Link führt zu nichts mehr.",
		"Nothing is stored about you any more. This link leads nowhere now.",
	},
	[MY_THREAD] = { "Ihre Nachrichten", "Your messages" },
	[MY_THREAD_HINT] = {
		"Hier sehen Sie, was Sie und die Gruppe einander geschrieben haben.",
		"Here you see what you and the group wrote to each other.",
	},
	[MY_POST_OF_YOU] = { "Sie schrieben:", "You wrote:" },
	[MY_POST_OF_GROUP] = { "Die Gruppe schrieb:", "The group wrote:" },
	[MY_POST_MAILED] = {
		"Dieser Text wurde per E-Mail zugestellt und danach hier gelöscht.",
		"This text was delivered by e-mail and then deleted here.",
	},
	[MY_LEADER] = { "Ihre E-Mails als Leitung", "Your e-mails as a leader" },
	[MY_LEADER_HINT] = {
		"Treffen und Anmeldungen sehen Sie, wenn Sie sich anmelden.",
		"You see meetings and registrations when you sign in.",
	},
	[MY_LEADER_SIGN_IN] = { "Zur Anmeldung", "Sign in" },
};
/* clang-format on */
