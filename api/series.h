/* series.h: a NewSchedule as far as its rules go: read, checked, and put into words. */
#ifndef API_SERIES_H
#define API_SERIES_H

#include "api/request.h"
#include "core/recurrence.h"

#define SERIES_RULES_MAX 8 /* as in the contract */

struct series {
	json_t *body;
	const char *rules[SERIES_RULES_MAX]; /* canonical */
	struct recurrence recurrence;        /* of those rules */
	int sessions;                        /* 0: no limit */
};

/*
 * Reads a body that follows NewSchedule. An end that its RRULEs bring along becomes its until or
 * sessions. Ends the request if anything is wrong with it, with all faults. The body is borrowed.
 */
void series_read(struct request *request, json_t *body, struct series *ret);

/* Whether both have the same rules. */
bool series_agree(const struct series *one, const struct series *other);

/* The rules as a PostgreSQL array literal. */
const char *series_rules(struct request *request, const struct series *series);

/* When it meets, as recurrence_sentences() says it; NULL if nobody can. */
const char *series_sentence(struct request *request, const struct series *series);

#endif
