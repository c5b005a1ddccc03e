/*
 * edge.c: bytes from Kore's connections to requests, and answers back.
 *
 * Kore's own HTTP is not built in: its listener hands each new connection to edge_connect, the way
 * it offers for protocols of one's own. What comes in goes through the reader; one request of a
 * connection is served at a time, the next one waits in the socket or in pending.
 */
#include <kore/kore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "api/edge.h"
#include "api/loop.h"
#include "api/reply.h"
#include "api/serve.h"
#include "api/socket.h"
#include "core/clock.h"

#define SCRATCH_SIZE ((size_t)64 * 1024)
#define SWEEP_MS     250
#define LINGER_MS    2000  /* after a refusal: time for the client to read why */
#define WRITE_MS     30000 /* without a byte taken by the client */
#define NEVER        UINT64_MAX

static const struct reader_limits limits = {
	.target = 8192,
	.head = 32768,
	.fields = 100,
	.body = (size_t)1024 * 1024,
};

/* What was asked when nothing that can be understood was. */
static const struct http_message nothing = {
	.method = "", .path = "", .body = "", .minor_version = 1
};

static const struct buffer go_on = { .bytes = "HTTP/1.1 100 Continue\r\n\r\n", .length = 25 };

enum link_state { OPEN, CLOSING, LINGERING };

/* One connection of a client. */
struct link {
	struct connection *connection;
	enum link_state state;
	bool readable;    /* there may be more in the socket: epoll tells it only once */
	bool peer_closed; /* it will send no more, but may still read */
	bool pumping;
	uint64_t deadline;
	char address[SOCKET_ADDRESS_SIZE];
	struct arena *arena; /* of the request that is coming in or being served */
	struct reader *reader;
	struct request *request; /* being served, or NULL */
	char *pending;           /* bytes of the requests after it */
	size_t pending_length;
	TAILQ_ENTRY(link) list;
};

static TAILQ_HEAD(, link) links = TAILQ_HEAD_INITIALIZER(links);
static const struct service *service;
static char scratch[SCRATCH_SIZE];
static uint64_t id_prefix, id_counter;
static bool draining;

void edge_connect(struct connection *connection);
static void pump(struct link *link);

static uint64_t
in_seconds(size_t seconds)
{
	return clock_monotonic() + (uint64_t)seconds * 1000;
}

/* The answer is out: close, but let the client read it first (RFC 9112, section 9.6). */
static void
linger(struct link *link)
{
	if (socket_has_unsent(link->connection) || link->state != CLOSING)
		return;
	if (link->connection->ssl != NULL || link->peer_closed) {
		kore_connection_disconnect(link->connection);
		return;
	}
	shutdown(link->connection->fd, SHUT_WR);
	link->state = LINGERING;
	link->deadline = clock_monotonic() + LINGER_MS;
}

static void
send_reply(struct link *link, const struct request *req)
{
	struct buffer head;

	buffer_init(&head, link->arena, 1024);
	reply_head(req, &head);
	link->deadline = clock_monotonic() + WRITE_MS;
	if (req->reply.closes)
		link->state = CLOSING;
	socket_send(link->connection, &head, reply_has_body(req) ? &req->reply.body : NULL);
}

static void
request_over(struct link *link)
{
	link->reader = NULL;
	arena_free(link->arena);
	link->arena = NULL;
}

static void
on_finished(struct request *req)
{
	struct link *link = req->link;

	link->request = NULL;
	req->reply.closes |= draining;
	if (!socket_is_gone(link->connection))
		send_reply(link, req);
	request_over(link);
	if (!socket_is_gone(link->connection))
		pump(link);
}

static struct request *
request_new(struct link *link)
{
	struct request *req = arena_alloc(link->arena, sizeof(*req));

	req->arena = link->arena;
	req->service = service;
	req->message = &nothing;
	req->address = link->address;
	req->certificate =
	    socket_certificate(link->connection, link->arena, &req->certificate_length);
	req->finished = on_finished;
	req->link = link;
	req->id = arena_printf(
	    link->arena, "%016lx%08lx", (unsigned long)id_prefix, (unsigned long)++id_counter);
	buffer_init(&req->reply.fields, link->arena, 512);
	buffer_init(&req->reply.body, link->arena, 0);
	return req;
}

static void
serve_message(struct link *link)
{
	struct request *req = link->request = request_new(link);

	req->message = reader_message(link->reader);
	req->reply.closes = !req->message->keep_alive;
	link->deadline = NEVER; /* the database's deadlines count from here on */
	serve(req);
}

/* An answer to what is no request. */
static void
refuse(struct link *link, enum problem problem, const char *detail)
{
	struct request *req = request_new(link);

	req->detail = detail;
	req->reply.closes = true;
	reply_problem(req, problem);
	reply_finish(req);
	send_reply(link, req);
	request_over(link);
	if (!socket_is_gone(link->connection))
		linger(link);
}

static void
keep_pending(struct link *link, const char *bytes, size_t length)
{
	if (length == 0)
		return;
	if ((link->pending = malloc(length)) == NULL)
		abort();
	memcpy(link->pending, bytes, length);
	link->pending_length = length;
}

static void
set_arrival_deadline(struct link *link, bool had_head)
{
	const struct config *config = service->config;

	if (link->reader == NULL || reader_is_idle(link->reader))
		link->deadline = in_seconds(config->idle_seconds);
	else if (!had_head && reader_has_head(link->reader))
		link->deadline = in_seconds(config->body_seconds);
}

/* Feeds bytes until a request is complete; what is left over is kept. */
static void
feed(struct link *link, const char *bytes, size_t length)
{
	size_t used = 0, consumed;
	bool had_head, was_idle;

	while (used < length && link->state == OPEN && link->request == NULL &&
	    !socket_is_gone(link->connection)) {
		if (link->arena == NULL) {
			link->arena = arena_new();
			link->reader = reader_new(link->arena, &limits);
		}
		was_idle = reader_is_idle(link->reader);
		had_head = reader_has_head(link->reader);
		if (was_idle)
			link->deadline = in_seconds(service->config->head_seconds);
		switch (reader_feed(link->reader, bytes + used, length - used, &consumed)) {
		case READER_MORE:
			set_arrival_deadline(link, had_head);
			break;
		case READER_CONTINUE:
			set_arrival_deadline(link, had_head);
			socket_send(link->connection, &go_on, NULL);
			break;
		case READER_REFUSED:
			refuse(link, reader_refusal(link->reader),
			    reader_refusal_detail(link->reader));
			return;
		case READER_REQUEST:
			used += consumed;
			keep_pending(link, bytes + used, length - used);
			serve_message(link);
			return;
		}
		used += consumed;
	}
}

static void
feed_pending(struct link *link)
{
	char *pending = link->pending;
	size_t length = link->pending_length;

	link->pending = NULL;
	link->pending_length = 0;
	feed(link, pending, length);
	free(pending);
}

static void
feed_received(struct link *link)
{
	size_t got = socket_receive(
	    link->connection, scratch, sizeof(scratch), &link->readable, &link->peer_closed);

	if (socket_is_gone(link->connection))
		return;
	if (link->peer_closed)
		kore_connection_disconnect(link->connection);
	else if (link->state == OPEN)
		feed(link, scratch, got);
}

/*
 * Goes on with a connection as far as it can: answers must be taken before the next request is
 * read, so that a client that only sends fills its own buffers, not ours.
 */
static void
pump(struct link *link)
{
	if (link->pumping)
		return;
	link->pumping = true;
	while (!socket_is_gone(link->connection) && link->request == NULL &&
	    !socket_has_unsent(link->connection)) {
		if (link->state == CLOSING)
			linger(link);
		else if (link->state == OPEN && link->pending != NULL)
			feed_pending(link);
		else if (link->readable)
			feed_received(link);
		else
			break;
	}
	if (!socket_is_gone(link->connection) && link->request == NULL && link->state == OPEN &&
	    !socket_has_unsent(link->connection) && link->arena == NULL)
		link->deadline = in_seconds(service->config->idle_seconds);
	link->pumping = false;
	if (draining && !socket_is_gone(link->connection) && link->arena == NULL &&
	    !socket_has_unsent(link->connection))
		kore_connection_disconnect(link->connection);
}

static void
on_event(void *data, int error)
{
	struct connection *c = data;
	struct link *link = c->hdlr_extra;
	int flags = c->evt.flags;

	if (socket_is_gone(link->connection))
		return;
	if ((flags & KORE_EVENT_WRITE) && socket_has_unsent(link->connection)) {
		link->deadline = clock_monotonic() + WRITE_MS;
		if (!net_send_flush(c))
			kore_connection_disconnect(c);
	}
	if ((flags & KORE_EVENT_READ) || error)
		link->readable = true;
	c->evt.flags &= ~KORE_EVENT_READ;
	if (error && link->request != NULL && !socket_is_gone(link->connection))
		socket_check_peer(c);
	if (!socket_is_gone(link->connection))
		pump(link);
}

static void
on_disconnect(struct connection *c)
{
	struct link *link = c->hdlr_extra;

	if (link->request != NULL)
		request_abandon(link->request);
	link->request = NULL;
	request_over(link);
	free(link->pending);
	(*socket_siblings(link->address))--;
	TAILQ_REMOVE(&links, link, list);
}

/* Named in the configuration of the listener; with TLS it is called after the handshake. */
void
edge_connect(struct connection *c)
{
	struct link *link = kore_calloc(1, sizeof(*link)); /* Kore frees it with the connection */
	size_t most = service->config->connections_per_address;

	link->connection = c;
	socket_address(c, link->address);
	TAILQ_INSERT_TAIL(&links, link, list);
	c->state = CONN_STATE_ESTABLISHED;
	c->evt.handle = on_event;
	c->idle_timer.length = NEVER; /* our deadlines count, not Kore's */
	c->disconnect = on_disconnect;
	c->hdlr_extra = link;
	link->deadline = in_seconds(service->config->idle_seconds);
	if (++*socket_siblings(link->address) > most && most != 0) {
		kore_connection_disconnect(c);
		return;
	}
	link->readable = c->ssl != NULL;
	if (link->readable)
		pump(link);
}

static void
expire(struct link *link)
{
	bool is_late = link->state == OPEN && link->request == NULL && link->reader != NULL &&
	    !reader_is_idle(link->reader) && !socket_has_unsent(link->connection);

	if (is_late)
		refuse(link, PROBLEM_REQUEST_TIMEOUT, NULL);
	else
		kore_connection_disconnect(link->connection);
}

static void
sweep(void *unused)
{
	uint64_t now = clock_monotonic();
	struct link *link, *next;

	(void)unused;
	for (link = TAILQ_FIRST(&links); link != NULL; link = next) {
		next = TAILQ_NEXT(link, list);
		if (link->deadline <= now)
			expire(link);
	}
	db_pool_tick(service->pool);
}

void
edge_open(const struct service *given)
{
	service = given;
	id_prefix = (uint64_t)clock_now() << 8 ^ (uint64_t)getpid();
	loop_every(SWEEP_MS, sweep, NULL);
}

void
edge_drain(void)
{
	draining = true;
}

bool
edge_is_busy(void)
{
	struct link *link;

	TAILQ_FOREACH(link, &links, list)
		if (link->request != NULL || socket_has_unsent(link->connection))
			return true;
	return false;
}
