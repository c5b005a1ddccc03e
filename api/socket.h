/* socket.h: bytes in and out of one of Kore's connections, encrypted or not. */
#ifndef API_SOCKET_H
#define API_SOCKET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"

#define SOCKET_ADDRESS_SIZE INET6_ADDRSTRLEN

struct connection;

/*
 * Reads what has come, at most size bytes; 0 if there was none. *readable becomes false when there
 * is no more until the loop says so, *closed true when there never will be. A broken connection is
 * disconnected.
 */
size_t socket_receive(
    struct connection *connection, char *bytes, size_t size, bool *readable, bool *closed);

/*
 * Sends head and body (NULL: none) as far as the socket takes them; the rest waits in Kore's queue.
 */
void socket_send(
    struct connection *connection, const struct buffer *head, const struct buffer *body);

/* True while something sent waits for the socket to take it. */
bool socket_has_unsent(const struct connection *connection);

/* True once it is disconnected; Kore frees it at the end of the turn. */
bool socket_is_gone(const struct connection *connection);

/* Disconnects if the peer has reset the connection; reads nothing. */
void socket_check_peer(struct connection *connection);

/* The peer's address as text; empty if it has none. */
void socket_address(const struct connection *connection, char text[static SOCKET_ADDRESS_SIZE]);

/* The certificate that the peer showed, as DER in the arena; NULL if it has shown none. */
const unsigned char *socket_certificate(
    const struct connection *connection, struct arena *arena, size_t *ret_length);

/* How many connections there are from its network, for the caller to keep; a few share one. */
uint16_t *socket_siblings(const char *address);

#endif
