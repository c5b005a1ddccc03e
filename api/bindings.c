/* bindings.c: the values behind the names in statements. */
#include <stdlib.h>
#include <string.h>

#include "api/bindings.h"
#include "api/search.h"
#include "core/clock.h"

/* Scopes that make a caller a partner, who sees what is meant for partners. */
#define PARTNER_SCOPES (SCOPE_BIT(SCOPE_GROUPS_READ) | SCOPE_BIT(SCOPE_ADMIN))

static const char *
body_text(struct request *req)
{
	return req->body_text;
}

static const char *
base_url_text(struct request *req)
{
	return req->service->config->base_url;
}

static const char *
filter_text(struct request *req)
{
	return search_filter(req);
}

static const char *
now_text(struct request *req)
{
	return clock_text(req->arena, clock_now());
}

static const char *
caller_text(struct request *req)
{
	return req->caller.client_id != NULL ? req->caller.client_id : req->caller.person_id;
}

static const char *
writer_text(struct request *req)
{
	static const char *const members[CALLER_COUNT] = { "", "client_id", "person_id",
		"leader_id" };

	return req->caller.kind == CALLER_NOBODY ?
	    arena_printf(req->arena, "{\"request_id\":\"%s\"}", req->id) :
	    arena_printf(req->arena, "{\"%s\":\"%s\",\"request_id\":\"%s\"}",
		members[req->caller.kind], caller_text(req), req->id);
}

static const char *
language_text(struct request *req)
{
	req->reply.language = req->language;
	return req->language;
}

static const char *
organisations_text(struct request *req)
{
	return req->caller.organisations;
}

static const char *
admin_text(struct request *req)
{
	return req->caller.scopes & SCOPE_BIT(SCOPE_ADMIN) ? "true" : "false";
}

static const char *
partner_text(struct request *req)
{
	return req->caller.scopes & PARTNER_SCOPES ? "true" : "false";
}

static const char *
person_text(struct request *req)
{
	return req->caller.kind == CALLER_PERSON ? req->caller.person_id : NULL;
}

static const char *
leader_text(struct request *req)
{
	return req->caller.kind == CALLER_LEADER ? req->caller.person_id : NULL;
}

static const char *
leads_text(struct request *req)
{
	return req->caller.kind == CALLER_LEADER ? req->caller.group_id : NULL;
}

static const char *
manages_text(struct request *req)
{
	return req->caller.scopes & SCOPE_BIT(SCOPE_REGISTRATIONS_MANAGE) ? "true" : "false";
}

static const char *
refers_text(struct request *req)
{
	return req->caller.scopes & SCOPE_BIT(SCOPE_REFERRALS_WRITE) ? "true" : "false";
}

static const char *
vouching_text(struct request *req)
{
	bool vouches = (req->caller.scopes & SCOPE_BIT(SCOPE_REGISTRATIONS_WRITE)) != 0;

	return vouches ? req->caller.client_id : NULL;
}

/* Who did something, in the records that a person may see. */
static const char *
actor_text(struct request *req)
{
	static const char *const words[CALLER_COUNT] = { "person", "client", "person", "leader" };
	const char *word = words[req->caller.kind];

	return req->caller.kind == CALLER_CLIENT || req->caller.kind == CALLER_LEADER ?
	    arena_printf(req->arena, "%s:%s", word, caller_text(req)) :
	    word;
}

static const char *
if_match_text(struct request *req)
{
	return req->if_match;
}

/* What every statement may name. */
/* clang-format off */
static const struct {
	const char *name;
	const char *(*text)(struct request *req);
} standing[] = {
	{ "actor",         actor_text         },
	{ "base_url",      base_url_text      },
	{ "body",          body_text          },
	{ "caller",        caller_text        },
	{ "filter",        filter_text        },
	{ "if_match",      if_match_text      },
	{ "is_admin",      admin_text         },
	{ "is_partner",    partner_text       },
	{ "language",      language_text      },
	{ "leader",        leader_text        },
	{ "leads",         leads_text         },
	{ "manages",       manages_text       },
	{ "now",           now_text           },
	{ "organisations", organisations_text },
	{ "person",        person_text        },
	{ "refers",        refers_text        },
	{ "vouching",      vouching_text      },
	{ "writer",        writer_text        },
};
/* clang-format on */

const char *
binding_value(struct request *req, const char *name)
{
	const struct operation *op = req->operation;

	for (size_t i = req->binding_count; i > 0; i--)
		if (strcmp(req->bindings[i - 1].name, name) == 0)
			return req->bindings[i - 1].value;
	for (size_t i = 0; i < sizeof(standing) / sizeof(standing[0]); i++)
		if (strcmp(standing[i].name, name) == 0)
			return standing[i].text(req);
	for (size_t i = 0; op != NULL && i < op->parameter_count; i++)
		if (strcmp(op->parameters[i].name, name) == 0)
			return req->values[i];
	request_log(req, "no value for a parameter", name);
	abort();
}
