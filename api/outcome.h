/* outcome.h: problems as FHIR tells them. */
#ifndef API_OUTCOME_H
#define API_OUTCOME_H

#include "api/problem.h"

/*
 * Appends an OperationOutcome as JSON: an issue for each fault, with the place in the body
 * (expression) or the parameter (location), or one for the problem if no fault is named. Each has
 * the issue type that fits the problem best (hl7.org/fhir/R4/valueset-issue-type.html).
 */
void outcome_render(
    struct buffer *out, enum problem problem, const struct problem_context *context);

#endif
