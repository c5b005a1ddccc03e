/* loop.c: descriptors and timers under Kore's event loop. */
#include <kore/kore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "api/loop.h"
#include "core/clock.h"

/* Kore hands back the address of its event, so the event comes first. */
struct watching {
	struct kore_event event;
	struct db_watch *watch;
};

struct call {
	void (*function)(void *argument);
	void *argument;
};

static void
on_event(void *data, int error)
{
	struct watching *watching = data;
	int flags = watching->event.flags;

	watching->event.flags = 0;
	watching->watch->ready(
	    watching->watch, error || (flags & KORE_EVENT_READ), (flags & KORE_EVENT_WRITE) != 0);
}

static void
watch(struct db_watch *watch, int descriptor, bool writing)
{
	struct watching *watching = watch->loop_state;

	if (watching == NULL) {
		if ((watching = calloc(1, sizeof(*watching))) == NULL)
			abort();
		watching->event.handle = on_event;
		watching->watch = watch;
		watch->loop_state = watching;
	}
	kore_platform_event_schedule(
	    descriptor, EPOLLIN | EPOLLRDHUP | (writing ? EPOLLOUT : 0), 0, watching);
}

static void
unwatch(struct db_watch *watch, int descriptor)
{
	(void)watch;
	kore_platform_disable_read(descriptor);
}

static void
log_line(const char *message)
{
	fprintf(stderr, "runde-api: %s\n", message);
}

static void
flush(void *pool, u_int64_t now)
{
	(void)now;
	db_pool_flush(pool);
}

/* Kore runs its timers after the events of a turn. */
static void
flush_later(struct db_pool *pool)
{
	kore_timer_add(flush, 0, pool, KORE_TIMER_ONESHOT);
}

const struct db_loop loop_for_db = {
	.watch = watch,
	.unwatch = unwatch,
	.flush_later = flush_later,
	.milliseconds = clock_monotonic,
	.log = log_line,
};

static void
on_timer(void *data, u_int64_t now)
{
	struct call *call = data;

	(void)now;
	call->function(call->argument);
}

void
loop_every(uint64_t milliseconds, void (*function)(void *argument), void *argument)
{
	struct call *call = calloc(1, sizeof(*call));

	if (call == NULL)
		abort();
	*call = (struct call){ function, argument };
	kore_timer_add(on_timer, milliseconds, call, 0);
}
