/* layout.h: the parts that pages are made of; a text goes out where it can only be a text. */
#ifndef API_LAYOUT_H
#define API_LAYOUT_H

#include <jansson.h>
#include <stdbool.h>

#include "api/language.h"
#include "api/problem.h"
#include "core/buffer.h"

/* Texts stand in tables, a row for each text: const char *const texts[…][LANGUAGE_COUNT]. */
struct layout {
	struct buffer *out;
	enum language language;
	const char *other_language_url; /* the same page in the other language; NULL: none */
	const json_t *typed;         /* what was sent with the form, to be shown again; or NULL */
	const struct faults *faults; /* what is wrong with that; or NULL */
};

/* A field of a form. */
struct field {
	const char *name;
	const char *id; /* on the page; NULL: the name */
	const char *const *label;
	const char *const *hint; /* or NULL */
	const char *value;       /* at first; or NULL */
	const char *type;        /* of an input: "text", "email" */
	const char *completion;  /* what a browser may fill in: "email"; NULL: nothing */
	int most;                /* characters */
	bool is_needed;
};

/* One of several. */
struct option {
	const char *value;
	const char *const *label;
};

/* The text in the page's language. */
const char *layout_words(const struct layout *layout, const char *const *words);

/*
 * Everything up to the heading and with it: the words, or with a subject "words: subject". When
 * something is wrong with a form, that is said first.
 */
void layout_begin(const struct layout *layout, const char *const *words, const char *subject);
void layout_end(const struct layout *layout);

/* A part of the page with a heading of its own; class is a class of pages.css, or NULL. */
void layout_section(const struct layout *layout, const char *const *words, const char *class);
void layout_section_end(const struct layout *layout);

void layout_text(const struct layout *layout, const char *const *words);

/* The same with a value in the place of "{}". */
void layout_text_with(const struct layout *layout, const char *const *words, const char *value);

/* A heading within a section: what somebody is called, or when something is. */
void layout_heading(const struct layout *layout, const char *text);

/* What somebody wrote: with its lines. */
void layout_quote(const struct layout *layout, const char *text);

/* Facts, as a list of a name and a value each; nothing for a value that is NULL. */
void layout_facts(const struct layout *layout);
void layout_fact(const struct layout *layout, const char *const *words, const char *value);
void layout_facts_end(const struct layout *layout);

/* A link that looks like a button if class is "action". */
void layout_link(
    const struct layout *layout, const char *address, const char *const *words, const char *class);

/* A form that posts to an address. */
void layout_form(const struct layout *layout, const char *address);
void layout_form_end(const struct layout *layout);
void layout_input(const struct layout *layout, const struct field *field);
void layout_area(const struct layout *layout, const struct field *field);

/* One of some options, or several of them (the value is then a JSON array, as text). */
void layout_choice(const struct layout *layout, const struct field *field,
    const struct option *options, size_t count);
void layout_choices(const struct layout *layout, const struct field *field,
    const struct option *options, size_t count);

/* One of some options, in little room. */
void layout_select(const struct layout *layout, const struct field *field,
    const struct option *options, size_t count);

/* What the form sends along. */
void layout_hidden(const struct layout *layout, const char *name, const char *value);

/* class: "action" for what one most likely wants, "danger" for what cannot be undone, or "". */
void layout_button(const struct layout *layout, const char *const *words, const char *class);

/* A button that posts its form to another address, whatever is filled in. */
void layout_button_to(const struct layout *layout, const char *address, const char *const *words);

/* A form of nothing but a button. */
void layout_deed(
    const struct layout *layout, const char *address, const char *const *words, const char *class);

/* The Content-Security-Policy that all pages are under: their own style, and forms to ourselves. */
const char *layout_policy(void);

#endif
