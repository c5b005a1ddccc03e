/* endpoints.c: webhooks that are sent to, as long as there is something to send. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/secrets.h"
#include "workers/endpoints.h"

#define SHARE 640 /* deliveries at hand for one that answers fast */

static struct endpoint *endpoints[ENDPOINTS_MAX];
static size_t count;

void
endpoints_tidy(unsigned milliseconds)
{
	for (size_t i = count; i > 0; i--) {
		struct endpoint *endpoint = endpoints[i - 1];

		if (endpoint->at_hand > 0 || clock_monotonic() - endpoint->used_at < milliseconds)
			continue;
		arena_free(endpoint->arena);
		free(endpoint);
		endpoints[i - 1] = endpoints[--count];
	}
}

size_t
endpoints_count(void)
{
	return count;
}

struct endpoint *
endpoint_at(size_t index)
{
	return endpoints[index];
}

size_t
endpoint_room(const struct endpoint *endpoint)
{
	size_t most = endpoint->is_fast ? SHARE : ENDPOINT_LANES;

	return endpoint->at_hand < most ? most - endpoint->at_hand : 0;
}

static struct endpoint *
find_or_make(const char *id)
{
	struct endpoint *made;

	for (size_t i = 0; i < count; i++)
		if (strcmp(endpoints[i]->id, id) == 0)
			return endpoints[i];
	if (count == ENDPOINTS_MAX)
		endpoints_tidy(0);
	if ((made = calloc(1, sizeof(*made))) == NULL)
		abort();
	snprintf(made->id, sizeof(made->id), "%s", id);
	endpoints[count++] = made;
	return made;
}

static const char *
open_secret(struct arena *arena, const char *id, const char *sealed)
{
	size_t length;

	return sealed == NULL ? NULL :
				secrets_open_sealed(arena, SECRETS_WEBHOOK, id, sealed, &length);
}

static void
learn(struct endpoint *endpoint, const struct rows *rows, size_t row)
{
	struct arena *arena = arena_new();

	arena_free(endpoint->arena);
	endpoint->arena = arena;
	endpoint->revision = arena_strdup(arena, rows_text(rows, row, "revision"));
	endpoint->url = arena_strdup(arena, rows_text(rows, row, "url"));
	endpoint->secret = open_secret(arena, endpoint->id, rows_text(rows, row, "secret"));
	endpoint->former_secret =
	    open_secret(arena, endpoint->id, rows_text(rows, row, "former_secret"));
}

/* A former secret ends without a new revision. */
static bool
is_known(const struct endpoint *endpoint, const struct rows *rows, size_t row)
{
	return endpoint->revision != NULL &&
	    strcmp(endpoint->revision, rows_text(rows, row, "revision")) == 0 &&
	    (endpoint->former_secret == NULL) == (rows_text(rows, row, "former_secret") == NULL);
}

struct endpoint *
endpoint_of_row(const struct rows *rows, size_t row)
{
	struct endpoint *endpoint = find_or_make(rows_text(rows, row, "webhook_id"));

	if (!is_known(endpoint, rows, row))
		learn(endpoint, rows, row);
	return endpoint->secret == NULL ? NULL : endpoint;
}
