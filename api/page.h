/* page.h: lists in pages, and the cursors between them. */
#ifndef API_PAGE_H
#define API_PAGE_H

#include "api/request.h"

/* How many items the page may have: the limit asked for, cut down to what is allowed. */
size_t page_limit(const struct request *request);

/*
 * The key that a cursor was made of: what the last row before the page is sorted by, as a JSON
 * array. NULL if it is not a cursor of this list with these filters.
 */
const char *page_key(struct request *request, const char *cursor);

/*
 * The cursor of the list at a path (as the contract has it) with the filters of this request, made
 * of the columns of a row whose names begin with "_next".
 */
const char *page_cursor(
    struct request *request, const char *path, const struct rows *rows, size_t row);

/* The address of the same request with this cursor; and saying in Link that it is the next page. */
const char *page_link(struct request *request, const char *cursor);
void page_announce(struct request *request, const char *cursor);

/*
 * The cursor to go on with behind this page, which is announced; NULL if the rows, of which so many
 * belong to the list, are no more than page_limit.
 */
const char *page_next(struct request *request, const struct rows *rows, size_t count);

/*
 * Answers with a page: items, and next and Link if there are more; the rows are one more than
 * page_limit then. Leaves the object open for further members.
 */
void page_write(struct request *request, const struct rows *rows);

/* Closes the object that page_write left open. */
void page_end(struct request *request);

#endif
