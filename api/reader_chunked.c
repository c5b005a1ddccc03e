/* reader_chunked.c: the line before each chunk: its size, and extensions that nobody uses. */
#include <string.h>

#include "api/reader_syntax.h"

static const char *
skip_blank(const char *text)
{
	return text + strspn(text, " \t");
}

static size_t
quoted_span(const char *text)
{
	for (size_t i = 1; text[i] != '\0'; i++) {
		if (text[i] == '"')
			return i + 1;
		if (text[i] == '\\' && text[++i] == '\0')
			return 0;
	}
	return 0;
}

/* *( BWS ";" BWS name [ BWS "=" BWS value ] ) */
static bool
extensions_are_valid(const char *text)
{
	const char *value;
	size_t length;

	while (*text != '\0') {
		text = skip_blank(text);
		if (*text != ';')
			return false;
		text = skip_blank(text + 1);
		length = text_span(text, IN_TOKEN);
		if (length == 0)
			return false;
		text += length;
		value = skip_blank(text);
		if (*value != '=')
			continue;
		value = skip_blank(value + 1);
		length = *value == '"' ? quoted_span(value) : text_span(value, IN_TOKEN);
		if (length == 0)
			return false;
		text = value + length;
	}
	return true;
}

static size_t
hexadecimal_digit(char byte)
{
	return (size_t)(byte <= '9' ? byte - '0' : (byte | 0x20) - 'a' + 10);
}

enum flaw
chunk_line_read(const char *line, size_t *ret_size)
{
	size_t digits = strspn(line, "0123456789abcdefABCDEF");
	size_t size = 0;

	if (digits == 0 || digits > CHUNK_DIGITS_MAX)
		return FLAW_CHUNK_SIZE;
	if (!extensions_are_valid(line + digits))
		return line[digits] == ';' ? FLAW_CHUNK_EXTENSION : FLAW_CHUNK_SIZE;
	for (size_t i = 0; i < digits; i++)
		size = size << 4 | hexadecimal_digit(line[i]);
	*ret_size = size;
	return FLAW_NONE;
}
