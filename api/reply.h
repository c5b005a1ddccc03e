/* reply.h: rows to JSON, and an answer to bytes. */
#ifndef API_REPLY_H
#define API_REPLY_H

#include "api/request.h"

/* Adds a header line. The value must not come from outside. */
void reply_field(struct request *request, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Appends a row as a JSON object: see rows_write_object in rows.h. What does not open is logged,
 * once for each request.
 */
void reply_object(struct request *request, const struct rows *rows, size_t row);

/*
 * Answers with a row: body, ETag from its column _revision, Location from its column _location.
 * PROBLEM_NOT_FOUND if there is no row.
 */
enum problem reply_row(struct request *request, const struct rows *rows);

/* The same with one of several rows, which need not outlive the call. */
void reply_row_of(struct request *request, const struct rows *rows, size_t row);

/*
 * Gives the body as it is so far its ETag, "7.0123456789abcdef": the revision, by which If-Match
 * goes, if there is one, and a fingerprint, so that every representation has a tag of its own.
 */
void reply_tag(struct request *request, const char *revision);

/* The tag of the same in gzip. */
const char *reply_packed_tag(struct arena *arena, const char *etag);

/*
 * Adds a member to the object that is the body. It is no part of what the ETag stands for: of use
 * for secrets that are shown once.
 */
void reply_member(struct request *request, const char *name, const char *text);

/* Turns a problem into the reply. */
void reply_problem(struct request *request, enum problem problem);

/* Last touches: ETag, 304 (RFC 9110, section 13), gzip, Vary and what else every answer carries. */
void reply_finish(struct request *request);

/* False if none of the body may be sent, whatever the head says of it (RFC 9110, section 6.4). */
bool reply_has_body(const struct request *request);

/* The head of the answer with its empty line. */
void reply_head(const struct request *request, struct buffer *out);

/* The reason phrase of a status. */
const char *reply_reason(int status);

#endif
