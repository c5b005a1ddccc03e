/* search.h: what searches for groups and for meetings have in common. */
#ifndef API_SEARCH_H
#define API_SEARCH_H

#include "api/request.h"

/* All parameters of the query as one JSON object, lists as array literals. */
const char *search_filter(struct request *request);

/*
 * Binds near: a postcode becomes the point in its middle. Does not return if nobody knows it. What
 * is near is decided by found_at of venues and series, never by the exact point of a venue: else
 * questions would find out what it does not disclose.
 */
void search_bind_place(struct request *request);

/*
 * Binds words: what q stands for. They are looked up first, so that the search itself is planned
 * with the lexemes at hand. NULL if no word says anything.
 */
const char *search_bind_words(struct request *request);

/* Whether the search is around a place. */
bool search_has_place(const struct request *request);

/* Whether so few series are asked for that a search begins with them, not with the time. */
bool search_is_narrow(const struct request *request);

/* A fault unless it is: what finds the whole country is not for calendars. */
enum problem search_check_narrow(struct request *request);

#endif
