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
	struct post post; /* first, for it is what post.c gives back */
	struct arena *arena;
	struct endpoint *endpoint;
	const char *id;
	uint64_t since; /* it was claimed, or begun */
	enum step step;
	struct slot *next; /* in its queue, if it is claimed or over */
};

static struct {
	struct slot slots[SLOTS];
	size_t counts[OVER + 1]; /* at each step; of the first nobody keeps count */
	struct queue over;
} hand;

static void
queue_put(struct queue *queue, struct slot *slot)
{
	slot->next = NULL;
	*(queue->first == NULL ? &queue->first : &queue->last->next) = slot;
	queue->last = slot;
}

static struct slot *
queue_take(struct queue *queue)
{
	struct slot *slot = queue->first;

	if (slot != NULL)
		queue->first = slot->next;
	return slot;
}

static void
step_to(struct slot *slot, enum step step)
{
	hand.counts[slot->step]--;
	hand.counts[step]++;
	slot->endpoint->under_way -= slot->step == UNDER_WAY;
	slot->endpoint->under_way += step == UNDER_WAY;
	slot->step = step;
	slot->since = clock_monotonic();
}

/* It must be in no queue any more. */
static void
empty(struct slot *slot)
{
	post_drop(&slot->post);
	slot->endpoint->at_hand--;
	slot->endpoint->used_at = clock_monotonic();
	step_to(slot, FREE);
	arena_free(slot->arena);
}

void
slots_drop(void)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (hand.slots[i].step != FREE)
			empty(&hand.slots[i]);
	hand.over = (struct queue){ 0 };
	endpoints_tidy(0);
}

static void
fill(struct slot *slot, struct endpoint *endpoint, const struct rows *rows, size_t row)
{
	struct arena *arena = arena_new();

	*slot = (struct slot){
		.post = { .arena = arena,
		    .url = arena_strdup(arena, endpoint->url),
		    .body = arena_strdup(arena, rows_text(rows, row, "body")) },
		.arena = arena,
		.endpoint = endpoint,
		.id = arena_strdup(arena, rows_text(rows, row, "id")),
	};
	step_to(slot, CLAIMED);
	endpoint->at_hand++;
	queue_put(&endpoint->waiting, slot);
}

/* Who wants to be left alone gets nothing, not even of a claim that was on its way. */
void
slots_take(const struct rows *rows)
{
	size_t next = 0;

	for (size_t row = 0; row < rows_count(rows); row++) {
		struct endpoint *endpoint = endpoint_of_row(rows, row);

		if (endpoint == NULL || endpoint->wants_rest)
			continue; /* with another key file nothing else opens either */
		while (hand.slots[next].step != FREE)
			next++;
		fill(&hand.slots[next], endpoint, rows, row);
	}
}

static void
begin(struct slot *slot)
{
	signing_sign(&slot->post, slot->endpoint, slot->id);
	post_begin(&slot->post);
	step_to(slot, UNDER_WAY);
}

/* What nobody has begun for so long may not be so any more: it is claimed again. */
static void
begin_some(struct endpoint *endpoint)
{
	struct slot *slot;

	while ((slot = endpoint->waiting.first) != NULL) {
		bool is_stale = clock_monotonic() - slot->since > FRESH_MS;

		if (!is_stale && endpoint->under_way >= ENDPOINT_LANES)
			return;
		queue_take(&endpoint->waiting);
		if (is_stale)
			empty(slot);
		else
			begin(slot);
	}
}

void
slots_begin(void)
{
	for (size_t i = 0; hand.counts[CLAIMED] > 0 && i < endpoints_count(); i++)
		begin_some(endpoint_at(i));
}

static void
leave_alone(struct endpoint *endpoint)
{
	struct slot *slot;

	endpoint->wants_rest = true;
	while ((slot = queue_take(&endpoint->waiting)) != NULL)
		empty(slot);
}

static void
finish(struct slot *slot)
{
	slot->endpoint->is_fast = slot->post.code != 0 && clock_monotonic() - slot->since < SOON_MS;
	step_to(slot, OVER);
	queue_put(&hand.over, slot);
	if (slot->post.code == GONE || slot->post.wait != 0)
		leave_alone(slot->endpoint);
}

void
slots_finish(void)
{
	struct post *post;

	while ((post = post_take_over()) != NULL)
		finish((struct slot *)(void *)post);
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
	struct slot *slot;

	buffer_init(&json, arena, 4096);
	while ((slot = queue_take(&hand.over)) != NULL) {
		put_result(&json, slot);
		slot->endpoint->wants_rest = false;
		empty(slot);
	}
	if (json.length == 0)
		return NULL;
	buffer_string(&json, "]");
	return buffer_text(&json);
}

const char *
slots_held(struct arena *arena)
{
	struct buffer array;

	buffer_init(&array, arena, 40 * slots_at_hand() + 3);
	for (size_t i = 0; i < SLOTS; i++)
		if (hand.slots[i].step != FREE)
			buffer_printf(
			    &array, "%s%s", array.length == 0 ? "{" : ",", hand.slots[i].id);
	buffer_string(&array, array.length == 0 ? "{}" : "}");
	return buffer_text(&array);
}

const char *
slots_busy(struct arena *arena)
{
	struct buffer json;

	endpoints_tidy(QUIET_MS);
	buffer_init(&json, arena, 128 * endpoints_count() + 3);
	for (size_t i = 0; i < endpoints_count(); i++) {
		const struct endpoint *endpoint = endpoint_at(i);

		buffer_printf(&json, "%s{\"webhook\":\"%s\",\"at_hand\":%zu,\"room\":%zu}",
		    i == 0 ? "[" : ",", endpoint->id, endpoint->at_hand, endpoint_room(endpoint));
	}
	buffer_string(&json, json.length == 0 ? "[]" : "]");
	return buffer_text(&json);
}

size_t
slots_at_hand(void)
{
	return hand.counts[CLAIMED] + hand.counts[UNDER_WAY] + hand.counts[OVER];
}

size_t
slots_under_way(void)
{
	return hand.counts[UNDER_WAY];
}

size_t
slots_over(void)
{
	return hand.counts[OVER];
}

size_t
slots_room(void)
{
	return SLOTS - slots_at_hand();
}
