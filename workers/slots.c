/* slots.c: deliveries at hand, from the claim to what became of them. */
#include <string.h>

#include "core/buffer.h"
#include "core/clock.h"
#include "core/json.h"
#include "workers/endpoints.h"
#include "workers/post.h"
#include "workers/signing.h"
#include "workers/slots.h"

#define SLOTS    ENDPOINTS_MAX
#define FRESH_MS 1000 /* what was claimed longer ago is left, for its webhook may be no more */
#define SOON_MS  1000 /* an answer within that is a fast one */
#define QUIET_MS 2000 /* an endpoint with nothing to do is forgotten after that */
#define GONE     410

enum step { FREE, CLAIMED, UNDER_WAY, OVER };

struct slot {
	struct arena *arena;
	struct endpoint *endpoint;
	const char *id;
	uint64_t since; /* it was claimed, or begun */
	enum step step;
	struct post post;
};

static struct {
	struct slot slots[SLOTS];
	size_t at_hand;
	size_t under_way;
	size_t over;
} hand;

static void
empty(struct slot *slot)
{
	post_drop(&slot->post);
	slot->endpoint->at_hand--;
	slot->endpoint->used_at = clock_monotonic();
	slot->endpoint->under_way -= slot->step == UNDER_WAY;
	hand.at_hand--;
	hand.under_way -= slot->step == UNDER_WAY;
	hand.over -= slot->step == OVER;
	arena_free(slot->arena);
	slot->step = FREE;
}

void
slots_drop(void)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (hand.slots[i].step != FREE)
			empty(&hand.slots[i]);
	endpoints_tidy(0);
}

static void
fill(struct slot *slot, struct endpoint *endpoint, const struct rows *rows, size_t row)
{
	struct arena *arena = arena_new();

	*slot = (struct slot){
		.arena = arena,
		.endpoint = endpoint,
		.id = arena_strdup(arena, rows_text(rows, row, "id")),
		.since = clock_monotonic(),
		.step = CLAIMED,
		.post = { .arena = arena,
		    .url = arena_strdup(arena, endpoint->url),
		    .body = arena_strdup(arena, rows_text(rows, row, "body")) },
	};
	endpoint->at_hand++;
	hand.at_hand++;
}

static void
begin(struct slot *slot)
{
	signing_sign(&slot->post, slot->endpoint, slot->id);
	post_begin(&slot->post);
	slot->step = UNDER_WAY;
	slot->since = clock_monotonic();
	slot->endpoint->under_way++;
	hand.under_way++;
}

/* Who is gone, or asks for time, gets nothing more of what is at hand. */
static void
leave_alone(const struct endpoint *endpoint)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (hand.slots[i].step == CLAIMED && hand.slots[i].endpoint == endpoint)
			empty(&hand.slots[i]);
}

static void
finish(struct slot *slot)
{
	struct endpoint *endpoint = slot->endpoint;

	slot->step = OVER;
	hand.over++;
	hand.under_way--;
	endpoint->under_way--;
	endpoint->is_fast = slot->post.code != 0 && clock_monotonic() - slot->since < SOON_MS;
	if (slot->post.code == GONE || slot->post.wait != 0)
		leave_alone(endpoint);
}

void
slots_finish(void)
{
	for (size_t i = 0; i < SLOTS && hand.under_way > 0; i++)
		if (hand.slots[i].step == UNDER_WAY && hand.slots[i].post.is_over)
			finish(&hand.slots[i]);
}

/* What nobody has begun for so long may not be so any more: it is claimed again. */
void
slots_begin(void)
{
	for (size_t i = 0; i < SLOTS && hand.under_way + hand.over < hand.at_hand; i++) {
		struct slot *slot = &hand.slots[i];

		if (slot->step != CLAIMED)
			continue;
		if (clock_monotonic() - slot->since > FRESH_MS)
			empty(slot);
		else if (slot->endpoint->under_way < ENDPOINT_LANES)
			begin(slot);
	}
}

static void
put_result(struct buffer *json, const struct slot *slot)
{
	const struct post *post = &slot->post;

	buffer_printf(json, "%s{\"id\":\"%s\"", json->length == 0 ? "[" : ",", slot->id);
	if (post->code != 0)
		buffer_printf(json, ",\"code\":%ld", post->code);
	if (post->wait != 0)
		buffer_printf(json, ",\"wait\":%ld", post->wait);
	if (post->error != NULL) {
		buffer_string(json, ",\"error\":");
		json_write_string(json, post->error, strlen(post->error));
	}
	buffer_string(json, "}");
}

const char *
slots_results(struct arena *arena)
{
	struct buffer json;

	buffer_init(&json, arena, 4096);
	for (size_t i = 0; i < SLOTS && hand.over > 0; i++) {
		if (hand.slots[i].step != OVER)
			continue;
		put_result(&json, &hand.slots[i]);
		empty(&hand.slots[i]);
	}
	if (json.length == 0)
		return NULL;
	buffer_string(&json, "]");
	return buffer_text(&json);
}

static void
put_endpoint(struct buffer *json, const struct endpoint *endpoint)
{
	const char *separator = "";

	buffer_printf(json, "%s{\"webhook\":\"%s\",\"room\":%zu,\"held\":[",
	    json->length == 0 ? "[" : ",", endpoint->id, endpoint_room(endpoint));
	for (size_t i = 0; i < SLOTS; i++) {
		const struct slot *slot = &hand.slots[i];

		if (slot->step == FREE || slot->endpoint != endpoint)
			continue;
		buffer_printf(json, "%s\"%s\"", separator, slot->id);
		separator = ",";
	}
	buffer_string(json, "]}");
}

const char *
slots_busy(struct arena *arena)
{
	size_t count = endpoints_tidy(QUIET_MS);
	struct buffer json;

	buffer_init(&json, arena, 64 * hand.at_hand + 128 * count + 3);
	for (size_t i = 0; i < count; i++)
		put_endpoint(&json, endpoint_at(i));
	buffer_string(&json, count == 0 ? "[]" : "]");
	return buffer_text(&json);
}

void
slots_take(const struct rows *rows)
{
	size_t next = 0;

	for (size_t row = 0; row < rows_count(rows); row++) {
		struct endpoint *endpoint = endpoint_of_row(rows, row);

		if (endpoint == NULL)
			continue; /* with another key file nothing else opens either */
		while (hand.slots[next].step != FREE)
			next++;
		fill(&hand.slots[next], endpoint, rows, row);
	}
}

size_t
slots_at_hand(void)
{
	return hand.at_hand;
}

size_t
slots_under_way(void)
{
	return hand.under_way;
}

size_t
slots_room(void)
{
	return SLOTS - hand.at_hand;
}

size_t
slots_over(void)
{
	return hand.over;
}
