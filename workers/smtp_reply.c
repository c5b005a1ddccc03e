/* smtp_reply.c: what a mail server said last. */
#include <stdio.h>
#include <string.h>

#include "core/suppression.h"
#include "workers/smtp_reply.h"

/* Whatever else we say is part of a password. */
static const char *const commands[] = { "EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA",
	"NOOP", "QUIT" };

static const unsigned nobody_codes[] = { 550, 551, 553 };

static const char *
command_of(const char *line)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strncmp(line, commands[i], strlen(commands[i])) == 0)
			return commands[i];
	return NULL;
}

static bool
is_asked(const struct smtp_reply *reply, const char *command)
{
	return strcmp(reply->command, command) == 0;
}

void
smtp_reply_begin(struct smtp_reply *reply)
{
	*reply = (struct smtp_reply){ .command = "", .offers_utf8 = reply->offers_utf8 };
}

void
smtp_reply_ask(struct smtp_reply *reply, const char *line)
{
	const char *command = command_of(line);

	if (command == NULL)
		return;
	if (strcmp(command, "QUIT") == 0) {
		reply->is_over = true;
		return;
	}
	smtp_reply_begin(reply);
	reply->command = command;
	if (is_asked(reply, "EHLO"))
		reply->offers_utf8 = false;
}

static void
read_detail(struct smtp_reply *reply, const char *text)
{
	size_t length = strspn(text, "0123456789.");

	reply->detail[0] = '\0';
	if (length >= 5 && length < sizeof(reply->detail) && text[1] == '.')
		snprintf(reply->detail, sizeof(reply->detail), "%.*s", (int)length, text);
}

void
smtp_reply_hear(struct smtp_reply *reply, const char *line)
{
	bool is_reply = strspn(line, "0123456789") == 3 && strchr(" -\r\n", line[3]) != NULL;

	if (!is_reply || reply->is_over)
		return;
	reply->code = (unsigned)(line[0] - '0') * 100 + (unsigned)(line[1] - '0') * 10 +
	    (unsigned)(line[2] - '0');
	read_detail(reply, line[3] == ' ' || line[3] == '-' ? line + 4 : "");
	if (is_asked(reply, "EHLO") && line[3] != '\0' && strncmp(line + 4, "SMTPUTF8", 8) == 0)
		reply->offers_utf8 = true;
}

bool
smtp_reply_is_refusal(const struct smtp_reply *reply)
{
	return reply->code >= 400 && reply->code < 600;
}

bool
smtp_reply_is_about_recipient(const struct smtp_reply *reply)
{
	return smtp_reply_is_refusal(reply) && reply->code != 421 && is_asked(reply, "RCPT");
}

bool
smtp_reply_is_about_letter(const struct smtp_reply *reply)
{
	return smtp_reply_is_refusal(reply) && reply->code != 421 && is_asked(reply, "DATA");
}

bool
smtp_reply_is_about_domain(const struct smtp_reply *reply)
{
	return reply->code < 500 && smtp_reply_is_about_recipient(reply) &&
	    strcmp(reply->detail, "4.2.2") != 0;
}

bool
smtp_reply_says_nobody(const struct smtp_reply *reply)
{
	if (reply->code < 500 || !smtp_reply_is_about_recipient(reply))
		return false;
	if (reply->detail[0] != '\0')
		return suppression_is_called_for(reply->detail);
	for (size_t i = 0; i < sizeof(nobody_codes) / sizeof(nobody_codes[0]); i++)
		if (reply->code == nobody_codes[i])
			return true;
	return false;
}

const char *
smtp_reply_status(struct arena *arena, const struct smtp_reply *reply)
{
	return arena_printf(
	    arena, "%u%s%s", reply->code, reply->detail[0] == '\0' ? "" : " ", reply->detail);
}
