/* address.c: addresses of mails: quoted local parts, international domains (libidn2). */
#include <idn2.h>
#include <stdint.h>
#include <string.h>

#include "core/buffer.h"
#include "core/address.h"

#define ADDRESS_MAX 254
#define LOCAL_MAX   64
#define LABEL_MAX   63

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS  "0123456789"

/* What shows as nothing, as a space or as the end of a line. */
static const struct {
	uint32_t first, last;
} unseen[] = {
	{ 0x80, 0xa0 },
	{ 0xad, 0xad },
	{ 0x1680, 0x1680 },
	{ 0x2000, 0x200f },
	{ 0x2028, 0x202f },
	{ 0x205f, 0x206f },
	{ 0x3000, 0x3000 },
	{ 0xd800, 0xdfff },
	{ 0xfe00, 0xfe0f },
	{ 0xfeff, 0xfeff },
	{ 0xfff0, 0xffff },
	{ 0xe0000, UINT32_MAX },
};

/* The length of a character outside of ASCII that can be seen (RFC 3629), or 0. */
static size_t
visible_length(const char *text)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first = (unsigned char)text[0];
	size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
	uint32_t point = length == 0 ? 0 : first & (0xffU >> (length + 1));

	for (size_t i = 1; i < length; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | ((unsigned char)text[i] & 0x3f);
	}
	for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
		if (point >= unseen[i].first && point <= unseen[i].last)
			return 0;
	return point < least[length] ? 0 : length;
}

/* How much of the text is characters that are allowed, or are outside of ASCII. */
static size_t
span(const char *text, const char *allowed)
{
	size_t length = 0, more;

	while ((more = strspn(text + length, allowed)) > 0 ||
	    (more = visible_length(text + length)) > 0)
		length += more;
	return length;
}

static bool
is_dot_atom(const char *text)
{
	size_t length = strlen(text);

	return length > 0 && text[0] != '.' && text[length - 1] != '.' &&
	    strstr(text, "..") == NULL &&
	    span(text, LETTERS DIGITS "!#$%&'*+-/=?^_`{|}~.") == length;
}

static bool
may_be_quoted(const char *text)
{
	for (size_t more; *text != '\0'; text += more)
		if ((more = *text >= ' ' && *text <= '~' ? 1 : visible_length(text)) == 0)
			return false;
	return true;
}

static bool
is_ascii(const char *text)
{
	while (*text != '\0' && (*text & 0x80) == 0)
		text++;
	return *text == '\0';
}

/* The text behind the quotes, or NULL if they do not end; *ret_rest is what follows them. */
static const char *
unquote(struct arena *arena, const char *text, const char **ret_rest)
{
	struct buffer content;

	buffer_init(&content, arena, LOCAL_MAX);
	for (text++; *text != '"'; text++) {
		if (*text == '\\')
			text++;
		if (*text == '\0')
			return NULL;
		buffer_append(&content, text, 1);
	}
	*ret_rest = text + 1;
	return buffer_text(&content);
}

static const char *
quote(struct arena *arena, const char *text)
{
	struct buffer quoted;

	buffer_init(&quoted, arena, LOCAL_MAX);
	buffer_string(&quoted, "\"");
	for (; *text != '\0'; text++)
		buffer_printf(&quoted, strchr("\"\\", *text) == NULL ? "%c" : "\\%c", *text);
	buffer_string(&quoted, "\"");
	return buffer_text(&quoted);
}

/* The local part in its shortest form, or NULL; *ret_rest begins with what follows it. */
static const char *
read_local(struct arena *arena, const char *text, const char **ret_rest)
{
	const char *local;

	if (text[0] == '"') {
		local = unquote(arena, text, ret_rest);
		if (local == NULL || is_dot_atom(local))
			return local;
		return may_be_quoted(local) ? quote(arena, local) : NULL;
	}
	*ret_rest = text + strcspn(text, "@");
	local = arena_copy(arena, text, (size_t)(*ret_rest - text));
	return is_dot_atom(local) ? local : NULL;
}

/* Labels of letters, digits and hyphens, none of which begins or ends one (RFC 1123). */
static bool
is_host_name(const char *text)
{
	for (size_t length;; text += length + 1) {
		length = strspn(text, LETTERS DIGITS "-");
		if (length == 0 || length > LABEL_MAX || text[0] == '-' || text[length - 1] == '-')
			return false;
		if (text[length] != '.')
			return text[length] == '\0';
	}
}

static const char *
read_domain(struct arena *arena, const char *text)
{
	char *converted = NULL;
	const char *domain = text;

	if (!is_ascii(text)) {
		if (span(text, LETTERS DIGITS "-.") != strlen(text) ||
		    idn2_to_ascii_8z(text, &converted, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) !=
			IDN2_OK)
			return NULL;
		domain = arena_strdup(arena, converted);
		idn2_free(converted);
	}
	return is_host_name(domain) ? domain : NULL;
}

bool
address_read(struct arena *arena, const char *text, struct address *ret_address)
{
	const char *rest = "", *local = read_local(arena, text, &rest);
	const char *domain = local != NULL && *rest == '@' ? read_domain(arena, rest + 1) : NULL;

	if (domain == NULL || strlen(local) > LOCAL_MAX ||
	    strlen(local) + 1 + strlen(domain) > ADDRESS_MAX)
		return false;
	*ret_address = (struct address){
		.text = arena_printf(arena, "%s@%s", local, domain),
		.domain = domain,
		.is_utf8 = !is_ascii(local),
	};
	return true;
}

const char *
address_folded(struct arena *arena, const struct address *address)
{
	char *folded = arena_strdup(arena, address->text);

	for (char *c = folded; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return folded;
}

bool
address_read_mailbox(struct arena *arena, const char *text, struct mailbox *ret_mailbox)
{
	const char *bracket = strrchr(text, '<');
	size_t length = bracket == NULL ? 0 : (size_t)(bracket - text);
	size_t inside = bracket == NULL ? 0 : strlen(bracket + 1);
	const char *address = text;

	if (inside > 0 && bracket[inside] == '>')
		address = arena_copy(arena, bracket + 1, inside - 1);
	while (length > 0 && text[length - 1] == ' ')
		length--;
	ret_mailbox->name = arena_copy(arena, text, length);
	return address_read(arena, address, &ret_mailbox->address);
}
