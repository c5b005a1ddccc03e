/* invitation.h: the date that a mail is about, for calendar programs (RFC 5546). */
#ifndef WORKERS_INVITATION_H
#define WORKERS_INVITATION_H

#include "workers/job.h"
#include "workers/letter.h"

/*
 * Adds calendar and method to a letter that is written else, if what is known of the mail names
 * both: a neutral event that says when it is and nothing more. With PUBLISH it is for nobody in
 * particular, with REQUEST and CANCEL for the letter's recipient. False if it could not be looked
 * up; the job then knows why.
 */
bool invitation_add(struct job *job, const struct rows *mail, struct letter *letter);

#endif
