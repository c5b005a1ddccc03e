/*
 * edge.c: bytes from Kore's connections to requests, and answers back.
 *
 * Kore's own HTTP is not built in: its listener hands each new connection to edge_connect, the way
 * it offers for protocols of one's own. What comes in goes through the reader; one request of a
 * connection is served at a time, the next one waits in the socket or in pending.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <kore/kore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include "api/edge.h"
#include "api/loop.h"
#include "api/reply.h"
#include "core/clock.h"

#define SCRATCH_SIZE  ((size_t)64 * 1024)
#define SWEEP_MS      250
#define LINGER_MS     2000  /* after a refusal: time for the client to read why */
#define WRITE_MS      30000 /* without a byte taken by the client */
#define ADDRESS_SLOTS 4096
#define NEVER         UINT64_MAX

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

enum link_state { OPEN, CLOSING, LINGERING };

/* One connection of a client. */
struct link {
	struct connection *connection;
	enum link_state state;
	bool readable;    /* there may be more in the socket: epoll tells it only once */
	bool peer_closed; /* it will send no more, but may still read */
	bool pumping;
	uint64_t deadline;
	char address[INET6_ADDRSTRLEN];
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
static uint16_t address_counts[ADDRESS_SLOTS];
static uint64_t id_prefix, id_counter;
static bool draining;

void edge_connect(struct connection *connection);

static void pump(struct link *link);

static uint64_t
in_seconds(size_t seconds)
{
	return clock_monotonic() + (uint64_t)seconds * 1000;
}

/* Dates change once a second; formatting them for each answer would cost more than the answer. */
static const char *
http_date(void)
{
	static char text[40];
	static time_t second;
	time_t now = (time_t)(clock_now() / 1000000);
	struct tm tm;

	if (now != second) {
		gmtime_r(&now, &tm);
		strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
		second = now;
	}
	return text;
}

static uint16_t *
address_count(const struct link *link)
{
	uint32_t hash = 2166136261U;

	for (const char *c = link->address; *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619U;
	return &address_counts[hash % ADDRESS_SLOTS];
}

static void
send_bytes(struct link *link, const char *bytes, size_t length)
{
	struct connection *c = link->connection;

	net_send_queue(c, bytes, length);
	c->evt.flags |= KORE_EVENT_WRITE;
	if (!net_send_flush(c))
		kore_connection_disconnect(c);
}

static bool
has_unsent(const struct link *link)
{
	return !TAILQ_EMPTY(&link->connection->send_queue);
}

static bool
is_gone(const struct link *link)
{
	return link->connection->state == CONN_STATE_DISCONNECTING;
}

/* The answer is out: close, but let the client read it first (RFC 9112, section 9.6). */
static void
linger(struct link *link)
{
	if (has_unsent(link) || link->state != CLOSING)
		return;
	if (link->connection->ssl != NULL || link->peer_closed) {
		kore_connection_disconnect(link->connection);
		return;
	}
	shutdown(link->connection->fd, SHUT_WR);
	link->state = LINGERING;
	link->deadline = clock_monotonic() + LINGER_MS;
}

/* Hands as much as it can to the socket at once; ret_sent says how much that was. */
static bool
send_now(struct link *link, const struct buffer *head, const struct buffer *body, size_t *ret_sent)
{
	struct iovec parts[2] = { { head->bytes, head->length }, { body->bytes, body->length } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = body->length > 0 ? 2 : 1 };
	ssize_t sent;

	*ret_sent = 0;
	if (link->connection->ssl != NULL || has_unsent(link))
		return true;
	sent = sendmsg(link->connection->fd, &message, MSG_NOSIGNAL);
	if (sent >= 0)
		*ret_sent = (size_t)sent;
	return sent >= 0 || errno == EAGAIN || errno == EINTR;
}

/* What the socket did not take waits in Kore's queue. */
static void
send_rest(struct link *link, const struct buffer *part, size_t *sent)
{
	size_t skipped = *sent < part->length ? *sent : part->length;

	*sent -= skipped;
	if (skipped < part->length)
		send_bytes(link, part->bytes + skipped, part->length - skipped);
}

static void
send_reply(struct link *link, const struct request *req)
{
	struct buffer head, body = req->reply.body;
	size_t sent;

	if (req->reply.status == 204 || req->reply.status == 304 ||
	    strcmp(req->message->method, "HEAD") == 0)
		body.length = 0;
	buffer_init(&head, link->arena, 1024);
	reply_head(req, http_date(), &head);
	link->deadline = clock_monotonic() + WRITE_MS;
	if (req->reply.closes)
		link->state = CLOSING;
	if (!send_now(link, &head, &body, &sent)) {
		kore_connection_disconnect(link->connection);
		return;
	}
	send_rest(link, &head, &sent);
	if (!is_gone(link))
		send_rest(link, &body, &sent);
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
	if (!is_gone(link))
		send_reply(link, req);
	request_over(link);
	if (!is_gone(link))
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
	req->reply.closes = !req->message->keep_alive || draining;
	link->deadline = NEVER; /* the database's deadlines count from here on */
	request_start(req);
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
	if (!is_gone(link))
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

	while (used < length && link->state == OPEN && link->request == NULL && !is_gone(link)) {
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
			send_bytes(link, "HTTP/1.1 100 Continue\r\n\r\n", 25);
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

/* Fills the scratch with what has come: the number of bytes, 0 if none. */
static size_t
receive(struct link *link)
{
	struct connection *c = link->connection;
	ssize_t got;

	if (c->ssl != NULL) {
		ERR_clear_error();
		got = SSL_read(c->ssl, scratch, (int)sizeof(scratch));
		if (got <= 0) {
			int error = SSL_get_error(c->ssl, (int)got);

			link->readable = false;
			link->peer_closed =
			    error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
		}
	} else {
		got = recv(c->fd, scratch, sizeof(scratch), 0);
		if (got == -1 && errno != EINTR)
			link->readable = false;
		if (got == -1 && errno != EAGAIN && errno != EINTR)
			kore_connection_disconnect(c);
		if (got == 0)
			link->peer_closed = true;
	}
	return got > 0 ? (size_t)got : 0;
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
	size_t got = receive(link);

	if (is_gone(link))
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
	while (!is_gone(link) && link->request == NULL && !has_unsent(link)) {
		if (link->state == CLOSING)
			linger(link);
		else if (link->state == OPEN && link->pending != NULL)
			feed_pending(link);
		else if (link->readable)
			feed_received(link);
		else
			break;
	}
	if (!is_gone(link) && link->request == NULL && link->state == OPEN && !has_unsent(link) &&
	    link->arena == NULL)
		link->deadline = in_seconds(service->config->idle_seconds);
	link->pumping = false;
	if (draining && !is_gone(link) && link->arena == NULL && !has_unsent(link))
		kore_connection_disconnect(link->connection);
}

/* While a request is served nothing is read; only a connection that is no more ends it. */
static void
check_peer(struct link *link)
{
	char byte;

	if (link->connection->ssl == NULL &&
	    recv(link->connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == -1 && errno != EAGAIN)
		kore_connection_disconnect(link->connection);
}

static void
on_event(void *data, int error)
{
	struct connection *c = data;
	struct link *link = c->hdlr_extra;
	int flags = c->evt.flags;

	if (is_gone(link))
		return;
	if ((flags & KORE_EVENT_WRITE) && has_unsent(link)) {
		link->deadline = clock_monotonic() + WRITE_MS;
		if (!net_send_flush(c))
			kore_connection_disconnect(c);
	}
	if ((flags & KORE_EVENT_READ) || error)
		link->readable = true;
	c->evt.flags &= ~KORE_EVENT_READ;
	if (error && link->request != NULL && !is_gone(link))
		check_peer(link);
	if (!is_gone(link))
		pump(link);
}

static void
on_disconnect(struct connection *c)
{
	struct link *link = c->hdlr_extra;

	if (link->request != NULL)
		request_abandon(link->request);
	link->request = NULL;
	arena_free(link->arena);
	link->arena = NULL;
	free(link->pending);
	link->pending = NULL;
	(*address_count(link))--;
	TAILQ_REMOVE(&links, link, list);
}

static void
describe_address(struct link *link)
{
	const struct connection *c = link->connection;

	if (c->family == AF_INET)
		inet_ntop(AF_INET, &c->addr.ipv4.sin_addr, link->address, sizeof(link->address));
	else if (c->family == AF_INET6)
		inet_ntop(AF_INET6, &c->addr.ipv6.sin6_addr, link->address, sizeof(link->address));
}

/* Named in the configuration of the listener; with TLS it is called after the handshake. */
void
edge_connect(struct connection *c)
{
	struct link *link = kore_calloc(1, sizeof(*link)); /* Kore frees it with the connection */
	size_t most = service->config->connections_per_address;

	link->connection = c;
	describe_address(link);
	TAILQ_INSERT_TAIL(&links, link, list);
	c->state = CONN_STATE_ESTABLISHED;
	c->evt.handle = on_event;
	c->idle_timer.length = NEVER; /* our deadlines count, not Kore's */
	c->disconnect = on_disconnect;
	c->hdlr_extra = link;
	link->deadline = in_seconds(service->config->idle_seconds);
	if (++*address_count(link) > most && most != 0) {
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
	    !reader_is_idle(link->reader) && !has_unsent(link);

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
		if (link->request != NULL || has_unsent(link))
			return true;
	return false;
}
