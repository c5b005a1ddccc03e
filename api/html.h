/* html.h: text as part of a page, where it can only be text. */
#ifndef API_HTML_H
#define API_HTML_H

#include "core/buffer.h"

/* For elements and for values of attributes in quotation marks; not inside <style> or <script>. */
void html_write_text(struct buffer *out, const char *text);

#endif
