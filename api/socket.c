/* socket.c: bytes in and out of one of Kore's connections. */
#include <arpa/inet.h>
#include <errno.h>
#include <kore/kore.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "api/network.h"
#include "api/socket.h"

#define SIBLINGS_SLOTS 4096

static size_t
receive_encrypted(struct connection *c, char *bytes, size_t size, bool *readable, bool *closed)
{
	int got, error;

	ERR_clear_error();
	if ((got = SSL_read(c->ssl, bytes, (int)size)) > 0)
		return (size_t)got;
	error = SSL_get_error(c->ssl, got);
	*readable = false;
	*closed = error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
	return 0;
}

size_t
socket_receive(struct connection *c, char *bytes, size_t size, bool *readable, bool *closed)
{
	ssize_t got;

	if (c->ssl != NULL)
		return receive_encrypted(c, bytes, size, readable, closed);
	if ((got = recv(c->fd, bytes, size, 0)) > 0)
		return (size_t)got;
	if (got == 0)
		*closed = true;
	else if (errno == EAGAIN)
		*readable = false;
	else if (errno != EINTR)
		kore_connection_disconnect(c);
	return 0;
}

static void
queue(struct connection *c, const char *bytes, size_t length)
{
	net_send_queue(c, bytes, length);
	c->evt.flags |= KORE_EVENT_WRITE;
	if (!net_send_flush(c))
		kore_connection_disconnect(c);
}

/* What the socket did not take waits in the queue. A part is gone with its connection. */
static void
queue_rest(struct connection *c, const struct buffer *part, size_t *sent)
{
	size_t skipped;

	if (socket_is_gone(c))
		return;
	skipped = *sent < part->length ? *sent : part->length;
	*sent -= skipped;
	if (skipped < part->length)
		queue(c, part->bytes + skipped, part->length - skipped);
}

/* Straight to the socket, in one go and without a copy; how much of it that was. */
static size_t
send_now(struct connection *c, const struct buffer *head, const struct buffer *body)
{
	struct iovec parts[2] = { { head->bytes, head->length }, { body->bytes, body->length } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = body->length > 0 ? 2 : 1 };
	ssize_t sent;

	if (c->ssl != NULL || socket_has_unsent(c))
		return 0;
	sent = sendmsg(c->fd, &message, MSG_NOSIGNAL);
	if (sent == -1 && errno != EAGAIN && errno != EINTR)
		kore_connection_disconnect(c);
	return sent == -1 ? 0 : (size_t)sent;
}

void
socket_send(struct connection *c, const struct buffer *head, const struct buffer *body)
{
	static const struct buffer none;
	size_t sent;

	if (body == NULL)
		body = &none;
	sent = send_now(c, head, body);
	queue_rest(c, head, &sent);
	queue_rest(c, body, &sent);
}

bool
socket_has_unsent(const struct connection *c)
{
	return !TAILQ_EMPTY(&c->send_queue);
}

bool
socket_is_gone(const struct connection *c)
{
	return c->state == CONN_STATE_DISCONNECTING;
}

void
socket_check_peer(struct connection *c)
{
	char byte;

	if (c->ssl == NULL && recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == -1 &&
	    errno != EAGAIN)
		kore_connection_disconnect(c);
}

void
socket_address(const struct connection *c, char text[static SOCKET_ADDRESS_SIZE])
{
	text[0] = '\0';
	if (c->family == AF_INET)
		inet_ntop(AF_INET, &c->addr.ipv4.sin_addr, text, SOCKET_ADDRESS_SIZE);
	else if (c->family == AF_INET6)
		inet_ntop(AF_INET6, &c->addr.ipv6.sin6_addr, text, SOCKET_ADDRESS_SIZE);
}

const unsigned char *
socket_certificate(const struct connection *c, struct arena *arena, size_t *ret_length)
{
	X509 *certificate = c->ssl == NULL ? NULL : SSL_get0_peer_certificate(c->ssl);
	int length = certificate == NULL ? 0 : i2d_X509(certificate, NULL);
	unsigned char *bytes = length <= 0 ? NULL : arena_take(arena, (size_t)length), *end = bytes;

	if (bytes == NULL)
		return NULL;
	*ret_length = (size_t)i2d_X509(certificate, &end);
	return bytes;
}

uint16_t *
socket_siblings(const char *address)
{
	static uint16_t counts[SIBLINGS_SLOTS];
	uint32_t hash = 2166136261U; /* FNV-1a */
	char network[INET6_ADDRSTRLEN];

	network_name(address, network);
	for (const char *c = network; *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619U;
	return &counts[hash % SIBLINGS_SLOTS];
}
