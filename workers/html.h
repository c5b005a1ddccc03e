/* html.h: the text of a mail as a page for programs that show such. */
#ifndef WORKERS_HTML_H
#define WORKERS_HTML_H

#include "core/arena.h"

/*
 * Paragraphs are those of the text, parted by empty lines. A link can be followed only if it is
 * below base_url: whatever else people write stays text. Nothing is loaded from anywhere.
 */
const char *html_of_text(struct arena *arena, const char *language, const char *title,
    const char *text, const char *base_url);

#endif
