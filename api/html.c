/* html.c: text as part of a page, where it can only be text. */
#include <string.h>

#include "api/html.h"

static const char special[] = "&<>\"'";
static const char *const references[] = { "&amp;", "&lt;", "&gt;", "&#34;", "&#39;" };

void
html_write_text(struct buffer *out, const char *text)
{
	size_t plain = strcspn(text, special);

	while (text[plain] != '\0') {
		buffer_append(out, text, plain);
		buffer_string(out, references[strchr(special, text[plain]) - special]);
		text += plain + 1;
		plain = strcspn(text, special);
	}
	buffer_append(out, text, plain);
}
