/* referral_texts.c: what pages say of referrals, in both languages. */
#include <string.h>

#include "api/referral_texts.h"

/* clang-format off */
const char *const referral_texts[REFERRAL_TEXT_COUNT][LANGUAGE_COUNT] = {
	[REFERRAL_CODE_HEADING] = { "Ihr Code", "Your code" },
	[REFERRAL_CODE] = { "Code", "Code" },
	[REFERRAL_CODE_HINT] = {
		"Sie suchen eine Selbsthilfegruppe? Wenn Sie sich bei einer anmelden, können Sie diesen Code angeben. Er gilt einmal. "
		"Sie können sich auch ohne ihn anmelden: Das macht für die Gruppe keinen Unterschied.",
		"Are you looking for a self-help group? When you register with one, you can give this code. It is good once. "
		"You can also register without it: that makes no difference to the group.",
	},
	[REFERRAL_CODE_CONSENT] = {
		"Nur wenn Sie dabei zustimmen, erfährt die Stelle, von der Sie den Code haben, wie es steht: ob Sie aufgenommen sind, "
		"ob es läuft, ob es zu Ende ist. Nicht, wie Sie sich nennen, nicht, was Sie schreiben, nicht, ob Sie kommen. Sie "
		"können das jederzeit beenden.",
		"Only if you agree to it then, whoever gave you the code learns how it stands: whether you are accepted, whether it goes "
		"on, whether it has ended. Not what you call yourself, not what you write, not whether you come. You can end this at "
		"any time.",
	},
	[REFERRED_HEADING] = { "Vermittlungen", "Referrals" },
	[REFERRED_HINT] = {
		"Diese Anmeldungen kamen mit dem Code einer Vermittlung, und die Menschen möchten, dass die vermittelnde Stelle den Stand "
		"erfährt. Sie erfährt nur, was Sie hier auswählen, und nicht, wie sich jemand nennt oder ob jemand kommt.",
		"These registrations came with the code of a referral, and the people want whoever gave it to them to learn how it "
		"stands. They learn only what you choose here, and not what anybody calls themselves or whether they come.",
	},
	[REFERRED_NONE] = { "Zurzeit ist nichts zu sagen.", "There is nothing to say just now." },
	[REFERRED_SINCE] = { "Angemeldet", "Registered" },
	[REFERRED_FOR] = { "Für das Treffen", "For the meeting" },
	[REFERRED_STATE] = { "Stand", "State" },
	[REFERRED_STEP] = { "Was ist daraus geworden?", "What has come of it?" },
	[REFERRED_SAVE] = { "Mitteilen", "Say so" },
	[REFERRED_ACCEPT] = { "Aufgenommen", "Accepted" },
	[REFERRED_START] = { "Es läuft", "It goes on" },
	[REFERRED_COMPLETE] = { "Es ist abgeschlossen", "It has come to its end" },
	[REFERRED_HOLD_CAPACITY] = { "Es ruht: zurzeit kein Platz", "It rests: no place just now" },
	[REFERRED_HOLD_GROUP] = { "Es ruht: die Gruppe macht Pause", "It rests: the group pauses" },
	[REFERRED_HOLD_PERSON] = { "Es ruht: auf eigenen Wunsch", "It rests: as they wish" },
	[REFERRED_HOLD_UNREACHABLE] = { "Es ruht: nicht erreicht", "It rests: not reached" },
	[REFERRED_REJECT_CAPACITY] = { "Nicht möglich: kein Platz", "Not possible: no place" },
	[REFERRED_REJECT_SUITABLE] = { "Nicht möglich: etwas anderes passt besser", "Not possible: something else would be right" },
	[REFERRED_REJECT_UNREACHABLE] = { "Nicht möglich: nicht erreicht", "Not possible: not reached" },
	[REFERRED_FAIL_SUITABLE] = { "Beendet: es passte nicht", "Ended: it was not right" },
	[REFERRED_FAIL_UNREACHABLE] = { "Beendet: nicht erreicht", "Ended: not reached" },
	[REFERRED_FAIL_PERSON] = { "Beendet: auf eigenen Wunsch", "Ended: as they wish" },
	[REFERRED_FAIL_GROUP] = { "Beendet: die Gruppe gibt es nicht mehr", "Ended: the group has ended" },
	[REFERRAL_MINE] = { "Ihre Vermittlung", "Your referral" },
	[REFERRAL_MINE_HINT] = {
		"Sie haben zugestimmt, dass die Stelle, von der Ihr Code ist, diesen Stand erfährt. Wenn Sie das beenden, erfährt sie "
		"nichts mehr. Ihre Anmeldung bleibt, wie sie ist.",
		"You agreed that whoever gave you your code learns this state. If you end that, they learn nothing more. Your "
		"registration stays as it is.",
	},
	[REFERRAL_MINE_END] = { "Nichts mehr mitteilen", "Tell them nothing more" },
	[REFERRAL_REQUESTED] = { "Noch offen", "Still open" },
	[REFERRAL_ACCEPTED] = { "Aufgenommen", "Accepted" },
	[REFERRAL_REJECTED] = { "Abgelehnt", "Rejected" },
	[REFERRAL_IN_PROGRESS] = { "Es läuft", "It goes on" },
	[REFERRAL_ON_HOLD] = { "Es ruht", "It rests" },
	[REFERRAL_COMPLETED] = { "Abgeschlossen", "Completed" },
	[REFERRAL_CANCELLED] = { "Zurückgenommen", "Taken back" },
	[REFERRAL_FAILED] = { "Ohne Erfolg beendet", "Ended without success" },
	[REFERRAL_EXPIRED] = { "Abgelaufen", "Expired" },
};

static const struct {
	const char *state;
	enum referral_text text;
} states[] = {
	{ "accepted",    REFERRAL_ACCEPTED    },
	{ "rejected",    REFERRAL_REJECTED    },
	{ "in_progress", REFERRAL_IN_PROGRESS },
	{ "on_hold",     REFERRAL_ON_HOLD     },
	{ "completed",   REFERRAL_COMPLETED   },
	{ "cancelled",   REFERRAL_CANCELLED   },
	{ "failed",      REFERRAL_FAILED      },
	{ "expired",     REFERRAL_EXPIRED     },
};
/* clang-format on */

const char *const *
referral_state_words(const char *state)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(states[i].state, state) == 0)
			return referral_texts[states[i].text];
	return referral_texts[REFERRAL_REQUESTED];
}
