/* outlet.c: the table of outlets. */
#include <string.h>

#include "workers/maildir.h"
#include "workers/smtp.h"

/* By how RUNDE_SMTP_URL begins; NULL: it is empty. */
/* clang-format off */
static const struct {
	const char *begin;
	const struct outlet *outlet;
} outlets[] = {
	{ "smtp://",    &smtp_outlet    },
	{ "smtps://",   &smtp_outlet    },
	{ "smtp+unix:", &smtp_outlet    },
	{ NULL,         &maildir_outlet },
};
/* clang-format on */

static const struct outlet *chosen;

static bool
is_for(const char *begin, const char *url)
{
	return begin == NULL ? url[0] == '\0' : strncmp(url, begin, strlen(begin)) == 0;
}

const char *
outlet_open(struct arena *arena, const struct config *config)
{
	for (size_t i = 0; i < sizeof(outlets) / sizeof(outlets[0]); i++) {
		if (!is_for(outlets[i].begin, config->smtp_url))
			continue;
		chosen = outlets[i].outlet;
		return chosen->open(arena, config);
	}
	return "RUNDE_SMTP_URL must be smtp://HOST:PORT, smtps://HOST:PORT or smtp+unix:PATH";
}

bool
outlet_has_room(void)
{
	return chosen->has_room();
}

void
outlet_begin(struct arena *arena, struct delivery *delivery)
{
	delivery->result = OUTLET_UNDER_WAY;
	chosen->begin(arena, delivery);
}

void
outlet_wait(struct arena *arena, unsigned milliseconds)
{
	chosen->wait(arena, milliseconds);
}

void
outlet_drop(const struct delivery *delivery)
{
	chosen->drop(delivery);
}
