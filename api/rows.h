/* rows.h: database rows as JSON, by the names and types of their columns. */
#ifndef API_ROWS_H
#define API_ROWS_H

#include <stdbool.h>

#include "core/buffer.h"
#include "core/db.h"

/*
 * Appends a row as a JSON object. Text is escaped, numbers and booleans stand bare, instants are
 * RFC 3339 in UTC with whole seconds, json and jsonb go in as they are, null is left out. Columns
 * whose names begin with '_' are for the carrier; _members holds a JSON object whose members come
 * first.
 *
 * A bytea is a sealed value (see sealing.h): it is opened, and written as text or goes in as JSON.
 * What opens it stands in the same row: _person (whose it is), _wrapping_id, _wrapping and _wrapped
 * (their data key), and _row, if the value is bound to another row than the person's. A value that
 * does not open is left out, and the result is false.
 */
bool rows_write_object(struct buffer *out, const struct rows *rows, size_t row);

/*
 * Appends a JSON array of the columns whose names begin with "_next", in their order: what the row
 * is sorted by, and where a page after it begins.
 */
void rows_write_key(struct buffer *out, const struct rows *rows, size_t row);

#endif
