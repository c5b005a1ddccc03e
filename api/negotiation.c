/* negotiation.c: what the client's header fields ask for. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/negotiation.h"

/* The end of our tags: ".", 16 hexadecimal digits, and perhaps the coding. */
#define TAG_MARK_SIZE 16

/* One item of a list such as Accept. */
struct choice {
	const char *name;
	size_t length;
	double quality;
};

typedef bool match(const struct choice *choice, const char *name);

static const char *
field_list(const struct request *req, const char *name)
{
	return http_message_list(req->arena, req->message, name);
}

/* Takes the next item off a list; false at its end. */
static bool
next_choice(const char **list, struct choice *ret)
{
	size_t item, name;
	const char *weight;

	*list += strspn(*list, ", \t");
	if (**list == '\0')
		return false;
	item = strcspn(*list, ",");
	name = strcspn(*list, ",;");
	weight = memmem(*list + name, item - name, "q=", 2);
	ret->name = *list;
	ret->quality = weight == NULL ? 1 : strtod(weight + 2, NULL);
	while (name > 0 && strchr(" \t", ret->name[name - 1]) != NULL)
		name--;
	ret->length = name;
	*list += item;
	return true;
}

static bool
is_same(const struct choice *choice, const char *name)
{
	return choice->length == strlen(name) &&
	    strncasecmp(choice->name, name, choice->length) == 0;
}

/* "de" is meant by "de" and by "de-AT" (RFC 4647, section 3.3.1). */
static bool
is_language(const struct choice *choice, const char *name)
{
	size_t length = strlen(name);

	return is_same(choice, name) ||
	    (choice->length > length && choice->name[length] == '-' &&
		strncasecmp(choice->name, name, length) == 0);
}

/* How much the client likes a name: 0 not at all, -1 if it does not speak of it. */
static double
quality_of(const char *list, const char *name, match *matches)
{
	struct choice choice;
	double best = -1;

	while (list != NULL && next_choice(&list, &choice))
		if (matches(&choice, name) && choice.quality > best)
			best = choice.quality;
	return best;
}

void
negotiate_language(struct request *req)
{
	const char *list = field_list(req, "accept-language");

	req->language = quality_of(list, "en", is_language) > quality_of(list, "de", is_language) &&
		quality_of(list, "en", is_language) > 0 ?
	    "en" :
	    "de";
}

/* The most particular of the ranges that cover something decides; 0 if none does. */
static double
covering(const char *list, const char *const *ranges)
{
	for (; *ranges != NULL; ranges++) {
		double quality = quality_of(list, *ranges, is_same);

		if (quality >= 0)
			return quality;
	}
	return 0;
}

static double
liking(const struct request *req, const char *list, const char *type)
{
	int whole = (int)strcspn(type, "/");

	return covering(list,
	    (const char *const[]){
		type, arena_printf(req->arena, "%.*s/*", whole, type), "*/*", NULL });
}

const char *
negotiate_type(const struct request *req)
{
	const char *list = field_list(req, "accept"), *type = req->operation->type;
	const char *other = req->operation->other_type;

	if (list == NULL || list[strspn(list, ", \t")] == '\0' || req->operation->is_page)
		return type;
	if (other != NULL)
		return liking(req, list, other) > liking(req, list, type) ? other : type;
	return liking(req, list, type) > 0 ? type : NULL;
}

bool
negotiate_page(const struct request *req)
{
	const char *list = field_list(req, "accept");

	return (req->operation == NULL || req->operation->is_page) && list != NULL &&
	    liking(req, list, "text/html") > liking(req, list, "application/problem+json");
}

bool
negotiate_gzip(const struct request *req)
{
	const char *list = field_list(req, "accept-encoding");

	return list != NULL && covering(list, (const char *const[]){ "gzip", "*", NULL }) > 0;
}

/* The digits of the revision in a strong tag of ours; 0 if it is none. */
static size_t
revision_digits(const struct choice *tag)
{
	size_t digits = strspn(tag->name + 1, "0123456789"), end = 1 + digits + 1 + TAG_MARK_SIZE;

	if (tag->name[0] != '"' || digits == 0 || digits > 18 || tag->name[1 + digits] != '.' ||
	    strspn(tag->name + 1 + digits + 1, "0123456789abcdef") != TAG_MARK_SIZE)
		return 0;
	if (strncmp(tag->name + end, ".gz", 3) == 0)
		end += 3;
	return tag->name[end] == '"' && tag->length == end + 1 ? digits : 0;
}

enum problem
negotiate_revision(struct request *req)
{
	const char *list = field_list(req, "if-match");
	struct buffer revisions;
	struct choice tag;
	size_t digits;

	if (!req->operation->needs_if_match)
		return PROBLEM_NONE;
	if (list == NULL)
		return PROBLEM_PRECONDITION_REQUIRED;
	if (strcmp(list, "*") == 0)
		return PROBLEM_NONE;
	buffer_init(&revisions, req->arena, 64);
	while (next_choice(&list, &tag))
		if ((digits = revision_digits(&tag)) > 0)
			buffer_printf(&revisions, "%s%.*s", revisions.length == 0 ? "{" : ",",
			    (int)digits, tag.name + 1);
	buffer_string(&revisions, revisions.length == 0 ? "{}" : "}");
	req->if_match = buffer_text(&revisions);
	return PROBLEM_NONE;
}

static bool
knows_tag(const struct request *req, const char *list)
{
	const char *etag = req->reply.etag;
	struct choice tag;

	if (etag == NULL)
		return false;
	if (strcmp(list, "*") == 0)
		return true;
	while (next_choice(&list, &tag)) {
		size_t weak = strncmp(tag.name, "W/", 2) == 0 ? 2 : 0;

		if (tag.length - weak == strlen(etag) &&
		    strncmp(tag.name + weak, etag, tag.length - weak) == 0)
			return true;
	}
	return false;
}

bool
negotiate_known(const struct request *req)
{
	const char *tags = field_list(req, "if-none-match");
	const char *date = http_message_field(req->message, "if-modified-since");
	int64_t since;

	if (tags != NULL)
		return knows_tag(req, tags);
	return req->reply.modified > 0 &&
	    http_message_count(req->message, "if-modified-since") == 1 &&
	    clock_read_http(date, &since) && req->reply.modified <= since;
}
