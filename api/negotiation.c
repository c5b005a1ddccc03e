/* negotiation.c: what the client's header fields ask for. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/negotiation.h"

/*
 * The first of our languages that the client likes best (RFC 9110, section 12.5.4); German
 * otherwise.
 */
static const char *
choose_language(const char *field)
{
	const char *best = "de";
	double best_quality = 0;

	while (field != NULL && *field != '\0') {
		size_t length = strcspn(field, ",");
		const char *weight = memmem(field, length, "q=", 2);
		double quality = weight == NULL ? 1 : strtod(weight + 2, NULL);

		if (quality > best_quality &&
		    (strncasecmp(field, "de", 2) == 0 || strncasecmp(field, "en", 2) == 0)) {
			best = strncasecmp(field, "de", 2) == 0 ? "de" : "en";
			best_quality = quality;
		}
		field += length;
		field += strspn(field, ", \t");
	}
	return best;
}

void
negotiate_language(struct request *req)
{
	req->language = choose_language(http_message_field(req->message, "accept-language"));
}

/*
 * The revisions that If-Match names: strong tags of ours, "*" for any (RFC 9110, section 13.1.1).
 */
enum problem
negotiate_revision(struct request *req)
{
	const char *field = http_message_field(req->message, "if-match");
	struct buffer revisions;

	if (!req->operation->needs_if_match)
		return PROBLEM_NONE;
	if (field == NULL)
		return PROBLEM_PRECONDITION_REQUIRED;
	if (strcmp(field, "*") == 0)
		return PROBLEM_NONE;
	buffer_init(&revisions, req->arena, 64);
	for (const char *tag = field; *tag != '\0';) {
		size_t length = strcspn(tag, ","), digits;

		if (tag[0] == '"' && (digits = strspn(tag + 1, "0123456789")) > 0 && digits < 18)
			buffer_printf(&revisions, "%s%.*s", revisions.length == 0 ? "{" : ",",
			    (int)digits, tag + 1);
		tag += length;
		tag += strspn(tag, ", \t");
	}
	buffer_string(&revisions, revisions.length == 0 ? "{}" : "}");
	req->if_match = buffer_text(&revisions);
	return PROBLEM_NONE;
}

/* A media range that covers what the operation offers. */
bool
negotiate_type(const struct request *req)
{
	const char *accept = http_message_field(req->message, "accept");
	const char *slash = strchr(req->operation->type, '/');
	const char *whole = arena_printf(
	    req->arena, "%.*s/*", (int)(slash - req->operation->type), req->operation->type);

	return accept == NULL || accept[0] == '\0' || strstr(accept, "*/*") != NULL ||
	    strcasestr(accept, whole) != NULL || strcasestr(accept, req->operation->type) != NULL;
}
