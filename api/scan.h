/* scan.h: text read from front to back, and the kinds of ASCII characters in it. */
#ifndef API_SCAN_H
#define API_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* What is still to be read. A NUL in it is a character like any other. */
struct scan {
	const char *at;
	const char *end;
};

typedef bool character_kind(char character);

character_kind is_digit;
character_kind is_letter;
character_kind is_alphanumeric;
character_kind is_hexadecimal;

/* True if the character is one of the set, which never holds NUL. */
bool is_one_of(char character, const char *set);

bool scan_is_done(const struct scan *scan);
size_t scan_left(const struct scan *scan);

/* Takes one character of the set, if it comes next. */
bool scan_take(struct scan *scan, const char *set);

/* Takes as many characters of a kind as come next, and returns how many. */
size_t scan_run(struct scan *scan, character_kind *is_kind);

/* Takes a number of exactly so many digits, at most 9. */
bool scan_number(struct scan *scan, size_t digits, int *ret_number);

#endif
