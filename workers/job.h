/* job.h: one job at hand, as its kind gets it. */
#ifndef WORKERS_JOB_H
#define WORKERS_JOB_H

#include "core/arena.h"
#include "core/config.h"
#include "core/db.h"

enum job_result {
	JOB_DONE,
	JOB_RETRY,   /* later, as often as its kind may */
	JOB_DEAD,    /* never: nothing would change */
	JOB_WAITS,   /* until job->wait_until: it is too early, and this was no attempt */
	JOB_GOES_ON, /* it is not over yet: for kinds that do several at once */
};

/* What is to become of a job that was claimed. */
enum fate {
	OPEN,  /* it is still to be done, or under way */
	DONE,  /* and to be forgotten */
	LATER, /* and to be put off until its time */
	LEFT,  /* nothing is to be written of it any more: settled, put off, or somebody else's */
};

struct kind;

struct job {
	struct arena *arena; /* freed after the job */
	struct db *db;
	const struct config *config;
	const struct kind *kind;
	const char *id;
	const char *created; /* in microseconds: with the id, what no other job anywhere has */
	const char *key;     /* what it is for */
	const char *fence;   /* of our claim: whoever finds a newer one writes nothing */
	const char *person;  /* or NULL */
	const char *payload;
	enum fate fate;
	const char *error;      /* why it was not done; never with personal data */
	const char *wait_until; /* an instant, as PostgreSQL writes it */
};

/*
 * Does a job. It may come late, or once more: so it looks itself whether there is still anything to
 * do.
 */
typedef enum job_result job_function(struct job *job);

/* Does a job that is no more than the statement of its kind, which may name `key` and `now`. */
job_function job_by_statement;

/* Does nothing: for those who measure, or look whether anybody is working. */
job_function job_noop;

/*
 * Runs a statement. NULL on failure, with its name and SQLSTATE in job->error: PostgreSQL's
 * messages quote values.
 */
struct rows *job_query(
    struct job *job, const struct statement *statement, const char *const *values);

/* The clock, as PostgreSQL reads it. */
const char *job_now(struct job *job);

/* What names the job and no other anywhere: a dot-atom. */
const char *job_name(struct job *job);

#endif
