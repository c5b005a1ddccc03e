/* reader_target.c: the request target in its four forms (RFC 9112, section 3.2). */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/reader_syntax.h"

#define DIGITS     "0123456789"
#define HEX_DIGITS DIGITS "abcdefABCDEF"
#define PORT_MAX   65535

static bool
percents_are_whole(const char *text)
{
	while ((text = strchr(text, '%')) != NULL)
		if (strspn(++text, HEX_DIGITS) < 2)
			return false;
	return true;
}

/* The length of "[" IPv6address "]"; 0 if it is none. */
static size_t
bracketed_length(const char *text)
{
	char literal[INET6_ADDRSTRLEN];
	unsigned char address[16];
	size_t length = strcspn(text, "]");

	if (text[length] != ']' || length > sizeof(literal))
		return 0;
	memcpy(literal, text + 1, length - 1);
	literal[length - 1] = '\0';
	return inet_pton(AF_INET6, literal, address) == 1 ? length + 1 : 0;
}

static bool
port_is_valid(const char *port)
{
	size_t digits = strspn(port, DIGITS);

	return digits <= 5 && port[digits] == '\0' && strtoul(port, NULL, 10) <= PORT_MAX;
}

bool
authority_is_valid(const char *authority)
{
	size_t host =
	    *authority == '[' ? bracketed_length(authority) : text_span(authority, IN_HOST);

	if (host == 0 || !percents_are_whole(authority))
		return false;
	return authority[host] == '\0' ||
	    (authority[host] == ':' && port_is_valid(authority + host + 1));
}

/* The path (what is to stand for an empty one is given) and the query. */
static enum flaw
origin_read(
    struct arena *arena, const char *target, const char *empty, struct http_message *message)
{
	size_t path = strcspn(target, "?");

	if (target[text_span(target, IN_PATH)] != '\0')
		return FLAW_TARGET_BYTE;
	message->path = path == 0 ? empty : arena_copy(arena, target, path);
	message->query = target[path] == '?' ? arena_strdup(arena, target + path + 1) : NULL;
	return FLAW_NONE;
}

static const char *
after_scheme(const char *target)
{
	if (strncasecmp(target, "http://", 7) == 0)
		return target + 7;
	if (strncasecmp(target, "https://", 8) == 0)
		return target + 8;
	return NULL;
}

static enum flaw
absolute_read(struct arena *arena, const char *target, struct http_message *message)
{
	const char *authority = after_scheme(target);
	const char *path, *empty = "/";

	if (authority == NULL)
		return FLAW_TARGET_FORM;
	path = authority + strcspn(authority, "/?");
	message->host = arena_copy(arena, authority, (size_t)(path - authority));
	if (!authority_is_valid(message->host))
		return FLAW_TARGET_FORM;
	/* RFC 9110, section 7.1: without a path, OPTIONS asks about the server. */
	if (*path == '\0' && strcmp(message->method, "OPTIONS") == 0)
		empty = "*";
	return origin_read(arena, path, empty, message);
}

static enum flaw
connect_read(const char *target)
{
	const char *port = strrchr(target, ':');

	if (port == NULL || port[1] == '\0' || !authority_is_valid(target))
		return FLAW_TARGET_FORM;
	return FLAW_CONNECT;
}

enum flaw
target_read(struct arena *arena, const char *target, struct http_message *message)
{
	if (!percents_are_whole(target))
		return FLAW_PERCENT;
	if (strcmp(message->method, "CONNECT") == 0)
		return connect_read(target);
	if (*target == '/')
		return origin_read(arena, target, NULL, message);
	if (strcmp(target, "*") != 0)
		return absolute_read(arena, target, message);
	if (strcmp(message->method, "OPTIONS") != 0)
		return FLAW_TARGET_FORM;
	message->path = "*";
	return FLAW_NONE;
}
