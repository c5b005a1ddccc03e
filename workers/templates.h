/* templates.h: the texts of mails, out of workers/templates. */
#ifndef WORKERS_TEMPLATES_H
#define WORKERS_TEMPLATES_H

#include <stddef.h>

#include "core/arena.h"

/* A file NAME.LANGUAGE.txt: its first line is the subject, behind an empty line comes the text. */
struct template
{
	const char *name;
	const char *language;
	const char *subject;
	const char *text;
};

/* What stands for {name}; a NULL value is none. */
struct fact {
	const char *name;
	const char *value;
};

/* In the language, or else in German. NULL if there is no template of that name. */
const struct template *template_find(const char *name, const char *language);

/*
 * The text with what stands for each {name}. A paragraph that names a fact that is not there is
 * left out; values are not looked through again.
 */
const char *template_fill(
    struct arena *arena, const char *text, const struct fact *facts, size_t count);

/* Made by the build, sorted by name and language; ended by a NULL name. */
extern const struct template templates[];

#endif
