/* cookie.c: what a browser keeps for us (RFC 6265). */
#include <string.h>

#include "api/cookie.h"
#include "api/reply.h"

static bool
is_secure(const struct request *req)
{
	return strncmp(req->service->config->base_url, "https:", strlen("https:")) == 0;
}

/* The prefix has browsers refuse one that a neighbouring host or an unsafe connection sets. */
static const char *
full_name(const struct request *req, const char *name)
{
	return is_secure(req) ? arena_printf(req->arena, "__Host-%s", name) : name;
}

const char *
cookie_get(struct request *req, const char *name)
{
	const char *field = http_message_field(req->message, "cookie");
	char *rest = field == NULL ? NULL : arena_strdup(req->arena, field), *pair;

	name = full_name(req, name);
	while ((pair = strsep(&rest, ";")) != NULL) {
		char *value = pair + strspn(pair, " "), *key = strsep(&value, "=");

		if (value != NULL && strcmp(key, name) == 0)
			return value;
	}
	return NULL;
}

void
cookie_set(struct request *req, const char *name, const char *value, int seconds)
{
	reply_field(req, "Set-Cookie", "%s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%s",
	    full_name(req, name), value, seconds, is_secure(req) ? "; Secure" : "");
}
