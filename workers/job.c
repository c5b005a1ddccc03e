/* job.c: what jobs of all kinds need, and those that need no more. */
#include <string.h>

#include "core/clock.h"
#include "workers/kinds.h"
#include "workers_sql.h"

#define PARAMETERS_MAX 2

struct rows *
job_query(struct job *job, const struct statement *statement, const char *const *values)
{
	struct db_error error;
	struct rows *rows = db_query(job->db, job->arena, statement, values, &error);

	if (rows == NULL)
		job->error = arena_printf(job->arena, "%s: %s", statement->name,
		    error.sqlstate[0] == '\0' ? "the connection is lost" : error.sqlstate);
	return rows;
}

const char *
job_now(struct job *job)
{
	return clock_text(job->arena, clock_now());
}

const char *
job_name(struct job *job)
{
	return arena_printf(job->arena, "%s.%s", job->id, job->created);
}

enum job_result
job_by_statement(struct job *job)
{
	const struct statement *statement = job->kind->statement;
	const char *values[PARAMETERS_MAX];

	for (size_t i = 0; i < statement->parameter_count && i < PARAMETERS_MAX; i++)
		values[i] = strcmp(statement->parameters[i], "key") == 0 ? job->key : job_now(job);
	return job_query(job, statement, values) == NULL ? JOB_RETRY : JOB_DONE;
}

enum job_result
job_noop(struct job *job)
{
	(void)job;
	return JOB_DONE;
}
