/* scan.c: text read from front to back. No locale has a say in it. */
#include <string.h>

#include "api/scan.h"

bool
is_digit(char character)
{
	return character >= '0' && character <= '9';
}

bool
is_letter(char character)
{
	return (character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z');
}

bool
is_alphanumeric(char character)
{
	return is_digit(character) || is_letter(character);
}

bool
is_hexadecimal(char character)
{
	return is_digit(character) || (character >= 'A' && character <= 'F') ||
	    (character >= 'a' && character <= 'f');
}

bool
is_one_of(char character, const char *set)
{
	return character != '\0' && strchr(set, character) != NULL;
}

bool
scan_is_done(const struct scan *scan)
{
	return scan->at == scan->end;
}

size_t
scan_left(const struct scan *scan)
{
	return (size_t)(scan->end - scan->at);
}

bool
scan_take(struct scan *scan, const char *set)
{
	if (scan_is_done(scan) || !is_one_of(*scan->at, set))
		return false;
	scan->at++;
	return true;
}

size_t
scan_run(struct scan *scan, character_kind *is_kind)
{
	const char *start = scan->at;

	while (!scan_is_done(scan) && is_kind(*scan->at))
		scan->at++;
	return (size_t)(scan->at - start);
}

bool
scan_number(struct scan *scan, size_t digits, int *ret_number)
{
	int number = 0;

	if (scan_left(scan) < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		if (!is_digit(scan->at[i]))
			return false;
		number = number * 10 + (scan->at[i] - '0');
	}
	scan->at += digits;
	*ret_number = number;
	return true;
}
