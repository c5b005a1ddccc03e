/* outlet.c: the table of outlets. */
#include <string.h>

#include "workers/maildir.h"
#include "workers/smtp.h"

/* clang-format off */
static const struct outlet {
	const char *begin; /* of RUNDE_SMTP_URL; NULL: there is none */
	outlet_open_function *open;
	outlet_send_function *send;
} outlets[] = {
	{ "smtp://",    smtp_open,    smtp_send    },
	{ "smtps://",   smtp_open,    smtp_send    },
	{ "smtp+unix:", smtp_open,    smtp_send    },
	{ NULL,         maildir_open, maildir_send },
}, *chosen;
/* clang-format on */

static bool
is_for(const struct outlet *outlet, const char *url)
{
	return outlet->begin == NULL ? url[0] == '\0' :
				       strncmp(url, outlet->begin, strlen(outlet->begin)) == 0;
}

const char *
outlet_open(struct arena *arena, const struct config *config)
{
	for (size_t i = 0; i < sizeof(outlets) / sizeof(outlets[0]); i++) {
		if (!is_for(&outlets[i], config->smtp_url))
			continue;
		chosen = &outlets[i];
		return chosen->open(arena, config);
	}
	return "RUNDE_SMTP_URL must be smtp://HOST:PORT, smtps://HOST:PORT or smtp+unix:PATH";
}

enum outlet_result
outlet_send(struct arena *arena, struct delivery *delivery)
{
	return chosen->send(arena, delivery);
}
