/* clocks.c: instants that follow the law of their time zones. */
#include "workers/clocks.h"
#include "workers/zone_data.h"
#include "workers_sql.h"

/* By a connection of its own: a server process keeps the zones that it has read. */
enum job_result
clocks_job(struct job *job)
{
	struct job anew = *job;
	const char *error;
	bool is_done;

	if ((anew.db = db_open(job->arena, job->config->database, &error)) == NULL) {
		job->error = "there is no further connection";
		return JOB_RETRY;
	}
	is_done = job_query(&anew, &statements[SQL_MEETINGS_FOLLOW_CLOCKS],
		      (const char *const[]){ job_now(job) }) != NULL &&
	    zone_data_check(&anew);
	job->error = anew.error;
	return is_done ? JOB_DONE : JOB_RETRY;
}
