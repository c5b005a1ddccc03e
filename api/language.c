/* language.c: the languages that pages speak. */
#include <string.h>

#include "api/language.h"

/* clang-format off */
static const char *const tags[LANGUAGE_COUNT]  = { "de",      "en"      };
static const char *const names[LANGUAGE_COUNT] = { "Deutsch", "English" };
/* clang-format on */

enum language
language_of(const char *tag)
{
	return strncmp(tag, "en", 2) == 0 && strchr("-", tag[2]) != NULL ? LANGUAGE_EN :
									   LANGUAGE_DE;
}

const char *
language_tag(enum language language)
{
	return tags[language];
}

const char *
language_name(enum language language)
{
	return names[language];
}
