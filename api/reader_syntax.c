/* reader_syntax.c: the smallest parts of a request: bytes, fields, and what can be wrong. */
#include <string.h>

#include "api/reader_syntax.h"

#define ANY (IN_TOKEN | IN_HOST | IN_PATH | IN_URI | IN_TEXT)

static const unsigned char alphabets[256] = {
	['\t'] = IN_TEXT,
	[' '] = IN_TEXT,
	['!'] = ANY,
	['"'] = IN_TEXT,
	['#'] = IN_TEXT | IN_TOKEN,
	['$' ... '\''] = ANY,
	['(' ... ')'] = ANY & ~IN_TOKEN,
	['*' ... '+'] = ANY,
	[','] = IN_TEXT | IN_PATH | IN_URI,
	['-' ... '.'] = ANY,
	['/'] = IN_TEXT | IN_PATH | IN_URI,
	['0' ... '9'] = ANY,
	[':'] = IN_TEXT | IN_PATH | IN_URI,
	[';'] = ANY & ~IN_TOKEN,
	['<'] = IN_TEXT,
	['='] = ANY & ~IN_TOKEN,
	['>'] = IN_TEXT,
	['?' ... '@'] = IN_TEXT | IN_PATH | IN_URI,
	['A' ... 'Z'] = ANY,
	['['] = IN_TEXT | IN_URI,
	['\\'] = IN_TEXT,
	[']'] = IN_TEXT | IN_URI,
	['^'] = IN_TEXT | IN_TOKEN,
	['_'] = ANY,
	['`'] = IN_TEXT | IN_TOKEN,
	['a' ... 'z'] = ANY,
	['{'] = IN_TEXT,
	['|'] = IN_TEXT | IN_TOKEN,
	['}'] = IN_TEXT,
	['~'] = ANY,
	[0x80 ... 0xff] = IN_TEXT,
};

static const struct {
	enum problem problem;
	const char *detail;
} flaws[] = {
#define X(name, problem, detail) [FLAW_##name] = { PROBLEM_##problem, detail },
	FLAWS(X)
#undef X
};

enum problem
flaw_problem(enum flaw flaw)
{
	return flaws[flaw].problem;
}

const char *
flaw_detail(enum flaw flaw)
{
	return flaws[flaw].detail;
}

bool
byte_is_in(char byte, enum alphabet alphabet)
{
	return (alphabets[(unsigned char)byte] & alphabet) != 0;
}

size_t
bytes_span(const char *bytes, size_t length, enum alphabet alphabet)
{
	size_t i = 0;

	while (i < length && byte_is_in(bytes[i], alphabet))
		i++;
	return i;
}

size_t
text_span(const char *text, enum alphabet alphabet)
{
	return bytes_span(text, strlen(text), alphabet);
}

static void
lower(char *text)
{
	for (; *text != '\0'; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text - 'A' + 'a');
}

static char *
trim(char *text)
{
	char *end;

	text += strspn(text, " \t");
	end = text + strlen(text);
	while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = '\0';
	return text;
}

enum flaw
field_split(char *line, struct header_field *ret_field)
{
	size_t name = text_span(line, IN_TOKEN);

	if (*line == ' ' || *line == '\t')
		return FLAW_FIELD_FOLDED;
	if (name == 0 || line[name] != ':')
		return FLAW_FIELD_NAME;
	line[name] = '\0';
	lower(line);
	*ret_field = (struct header_field){ .name = line, .value = trim(line + name + 1) };
	return FLAW_NONE;
}
