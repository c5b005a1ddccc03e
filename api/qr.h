/* qr.h: QR codes (ISO/IEC 18004) as pictures inside a page. */
#ifndef API_QR_H
#define API_QR_H

#include <stdbool.h>

#include "core/buffer.h"

/*
 * Writes text as an inline SVG whose name for those who do not see it is label; neither has to be
 * escaped. Black on white whatever the page's colours, with its quiet zone; without a size of its
 * own. False, and nothing written, if text is empty or too long for a code (2331 bytes always fit).
 */
bool qr_write_svg(struct buffer *out, const char *text, const char *label);

#endif
