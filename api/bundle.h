/* bundle.h: a page of a list as FHIR has it. */
#ifndef API_BUNDLE_H
#define API_BUNDLE_H

#include "api/request.h"

/*
 * Answers with a Bundle of the kind searchset. Each row is an entry; those that match come first,
 * up to one more than page_limit, and behind them what was to be included, with _included true.
 */
void bundle_write(struct request *request, const struct rows *rows);

#endif
