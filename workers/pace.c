/* pace.c: how fast mails go to a domain, and for how long it is left alone when it puts us off. */
#include <string.h>

#include "core/clock.h"
#include "workers/pace.h"

#define DOMAINS_MAX   1024
#define NAME_MAX_SIZE 256
#define SECOND        ((int64_t)1000000)
#define REST_LEAST    (60 * SECOND)
#define REST_MOST     (3600 * SECOND)

static struct domain {
	char name[NAME_MAX_SIZE];
	int64_t free_at;   /* when all that went would have gone one after the other */
	int64_t queued_to; /* when the last of those shall ask again that wait */
	int64_t rest;      /* for how long it is left alone; 0: it takes mails */
	int64_t rest_until;
} domains[DOMAINS_MAX];

static size_t domain_count;

static int64_t
later(int64_t one, int64_t other)
{
	return one > other ? one : other;
}

static int64_t
last_use(const struct domain *domain)
{
	return later(domain->free_at, later(domain->queued_to, domain->rest_until));
}

/* The one that matters least gives its place to a new one. */
static struct domain *
place_for(const char *name)
{
	struct domain *place = &domains[0];

	if (domain_count < DOMAINS_MAX) {
		place = &domains[domain_count++];
	} else {
		for (size_t i = 1; i < domain_count; i++)
			if (last_use(&domains[i]) < last_use(place))
				place = &domains[i];
	}
	*place = (struct domain){ .name = "" };
	strncat(place->name, name, sizeof(place->name) - 1);
	return place;
}

static struct domain *
domain_of(const char *name)
{
	for (size_t i = 0; i < domain_count; i++)
		if (strcmp(domains[i].name, name) == 0)
			return &domains[i];
	return place_for(name);
}

/* A clock that went back keeps nobody waiting for longer than a rest. */
static void
mind_clock(struct domain *domain, int64_t now)
{
	if (domain->free_at > now + REST_MOST || domain->rest_until > now + REST_MOST)
		domain->free_at = domain->queued_to = domain->rest_until = 0;
}

const char *
pace_wait(struct arena *arena, const char *name, int64_t now, size_t so_many)
{
	struct domain *domain = domain_of(name);
	int64_t apart = so_many == 0 ? 0 : SECOND / (int64_t)so_many;
	int64_t start;

	mind_clock(domain, now);
	start = later(domain->rest_until, domain->free_at - SECOND);
	if (start <= now) {
		domain->free_at = later(domain->free_at, now) + apart;
		return NULL;
	}
	domain->queued_to = later(domain->queued_to, start) + apart;
	return clock_text(arena, domain->queued_to);
}

const char *
pace_rest(struct arena *arena, const char *name, int64_t now)
{
	const struct domain *domain = domain_of(name);

	return domain->rest_until <= now ? NULL : clock_text(arena, domain->rest_until);
}

void
pace_note(const char *name, int64_t now, bool is_put_off)
{
	struct domain *domain = domain_of(name);

	if (!is_put_off)
		domain->rest = 0;
	if (!is_put_off || now < domain->rest_until)
		return;
	domain->rest = domain->rest == 0 ? REST_LEAST : 2 * domain->rest;
	if (domain->rest > REST_MOST)
		domain->rest = REST_MOST;
	domain->rest_until = now + domain->rest;
}
