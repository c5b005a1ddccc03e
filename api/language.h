/* language.h: the languages that pages speak. */
#ifndef API_LANGUAGE_H
#define API_LANGUAGE_H

enum language { LANGUAGE_DE, LANGUAGE_EN, LANGUAGE_COUNT };

/* The language of a BCP 47 tag: English for "en" and "en-GB", German for everything else. */
enum language language_of(const char *tag);

const char *language_tag(enum language language);

/* What the language calls itself. */
const char *language_name(enum language language);

#endif
