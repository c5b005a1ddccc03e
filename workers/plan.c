/* plan.c: makes dates out of the rules of a series, as far as the horizon. */
#include "core/planning.h"
#include "workers/plan.h"
#include "workers_sql.h"

static bool
extend(struct job *job)
{
	const char *now = job_now(job);
	struct rows *due =
	    job_query(job, &statements[SQL_SCHEDULE_DUE], (const char *const[]){ now, job->key });

	if (due == NULL || rows_count(due) == 0)
		return due != NULL;
	return job_query(job, &statements[SQL_SCHEDULE_EXTEND],
		   (const char *const[]){ planning_json(job->arena, due), now }) != NULL;
}

/* In one transaction, so that nobody changes its rules meanwhile. */
enum job_result
plan_job(struct job *job)
{
	struct db_error error;
	bool is_extended;

	if (!db_script(job->db, "BEGIN", &error)) {
		job->error = "the connection is lost";
		return JOB_RETRY;
	}
	is_extended = extend(job);
	if (!db_script(job->db, is_extended ? "COMMIT" : "ROLLBACK", &error))
		job->error = arena_printf(job->arena, "commit: %s", error.sqlstate);
	else if (is_extended)
		return JOB_DONE;
	return JOB_RETRY;
}
