/* qr.c: QR codes (ISO/IEC 18004) as pictures inside a page. */
#include <qrencode.h>

#include "api/html.h"
#include "api/qr.h"

#define QUIET_ZONE 4 /* modules around the code, as the standard asks */

static bool
is_dark(const QRcode *code, int x, int y)
{
	return x < code->width && (code->data[y * code->width + x] & 1) != 0;
}

/* One rectangle for each run of dark modules in a row. */
static void
write_row(struct buffer *out, const QRcode *code, int y)
{
	for (int x = 0, length; x < code->width; x += length) {
		bool dark = is_dark(code, x, y);

		for (length = 1; x + length < code->width; length++)
			if (is_dark(code, x + length, y) != dark)
				break;
		if (dark)
			buffer_printf(out, "M%d %dh%dv1h-%dz", x + QUIET_ZONE, y + QUIET_ZONE,
			    length, length);
	}
}

static void
write_svg(struct buffer *out, const QRcode *code, const char *label)
{
	int size = code->width + 2 * QUIET_ZONE;

	buffer_string(out, "<svg role=\"img\" aria-label=\"");
	html_write_text(out, label);
	buffer_printf(out,
	    "\" viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">"
	    "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/><path fill=\"#000\" d=\"",
	    size, size, size, size);
	for (int y = 0; y < code->width; y++)
		write_row(out, code, y);
	buffer_string(out, "\"/></svg>");
}

bool
qr_write_svg(struct buffer *out, const char *text, const char *label)
{
	QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, true);

	if (code == NULL)
		return false;
	write_svg(out, code, label);
	QRcode_free(code);
	return true;
}
