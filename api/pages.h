/* pages.h: requests that are answered with pages: their links, language and problems. */
#ifndef API_PAGES_H
#define API_PAGES_H

#include "api/layout.h"
#include "api/request.h"

/*
 * A page in the language that the query asks for (lang), or else in this one (a BCP 47 tag; NULL:
 * the client's). Address: where the page is. What was sent with a form that has faults is shown
 * again; the status is then 422.
 */
struct layout pages_layout(struct request *request, const char *address, const char *language);

/* An address below the base URL as a link, in the language that was asked for. */
const char *pages_link(struct request *request, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Answers that what was sent is done, and where to look (303). */
enum problem pages_see(struct request *request, const char *link);

/* Answers with a problem on a page, which leads back to where the request says (home). */
void pages_problem(struct request *request, enum problem problem);

/* A row with all that is sealed in it, as the API shows it. Borrowed from the request. */
const json_t *pages_object(struct request *request, const struct rows *rows, size_t row);

/*
 * A time as the clocks there show it: "Mittwoch, 7. Januar 2026, 19:00 Uhr (Europe/Berlin)". The
 * column has it as digits (local_digits), _zone its time zone. NULL if there is none.
 */
const char *pages_moment(
    const struct layout *layout, const struct rows *rows, size_t row, const char *column);

/* Whether the form that was sent has faults, so that it is to be shown again. */
bool pages_has_faults(const struct request *request);

#endif
