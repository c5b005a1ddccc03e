/* json.c: strings escaped after RFC 8259, eight bytes at a time, and the depth of a JSON text. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/json.h"

/* What follows the backslash; 'u' stands for a code in hexadecimal digits, 0 for no escape. */
static const char escapes[256] = {
	[0x00 ... 0x07] = 'u',
	['\b'] = 'b',
	['\t'] = 't',
	['\n'] = 'n',
	[0x0B] = 'u',
	['\f'] = 'f',
	['\r'] = 'r',
	[0x0E ... 0x1F] = 'u',
	['"'] = '"',
	['\\'] = '\\',
};

#define EACH_BYTE(value) (UINT64_MAX / 0xFF * (value))

/* A byte smaller than what is taken from it, and of ASCII, has its highest bit set then. */
static inline bool
has_escape(uint64_t word)
{
	uint64_t controls = word - EACH_BYTE(0x20);
	uint64_t quotes = (word ^ EACH_BYTE('"')) - EACH_BYTE(1);
	uint64_t backslashes = (word ^ EACH_BYTE('\\')) - EACH_BYTE(1);

	return ((controls | quotes | backslashes) & ~word & EACH_BYTE(0x80)) != 0;
}

/* Copies up to the first byte that must be escaped, and moves both pointers on. */
static inline void
copy_plain(char **to, const char **from, const char *end)
{
	uint64_t word;

	while (end - *from >= 8) {
		memcpy(&word, *from, 8);
		if (has_escape(word))
			break;
		memcpy(*to, &word, 8);
		*from += 8;
		*to += 8;
	}
	while (*from < end && escapes[(unsigned char)**from] == 0)
		*(*to)++ = *(*from)++;
}

/* Writes the escape of a byte; there is room for rest more bytes where the result points. */
static char *
write_escape(struct buffer *out, char *to, unsigned char byte, size_t rest)
{
	static const char digits[] = "0123456789abcdef";
	char escape[6] = { '\\', escapes[byte], '0', '0', digits[byte >> 4], digits[byte & 15] };
	size_t length = escapes[byte] == 'u' ? 6 : 2;

	out->length = (size_t)(to - out->bytes);
	to = buffer_reserve(out, length + rest);
	memcpy(to, escape, length);
	return to + length;
}

void
json_write_string(struct buffer *out, const char *bytes, size_t length)
{
	const char *end = bytes + length;
	char *to = buffer_reserve(out, length + 2);

	*to++ = '"';
	copy_plain(&to, &bytes, end);
	while (bytes < end) {
		unsigned char byte = (unsigned char)*bytes++;

		to = write_escape(out, to, byte, (size_t)(end - bytes) + 1);
		copy_plain(&to, &bytes, end);
	}
	*to++ = '"';
	out->length = (size_t)(to - out->bytes);
}

size_t
json_depth(const char *text, size_t length)
{
	size_t depth = 0, deepest = 0;
	bool quoted = false;

	for (size_t i = 0; i < length; i++) {
		char byte = text[i];

		if (byte == '"')
			quoted = !quoted;
		else if (quoted && byte == '\\')
			i++;
		else if (!quoted && (byte == '[' || byte == '{') && ++depth > deepest)
			deepest = depth;
		else if (!quoted && (byte == ']' || byte == '}') && depth > 0)
			depth--;
	}
	return deepest;
}
