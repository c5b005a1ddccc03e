/* keys.c: fetches the keys of a client, and keeps those that may sign. */
#include <jansson.h>

#include "workers/fetch.h"
#include "workers/keys.h"
#include "workers_sql.h"

#define MOST  ((size_t)64 * 1024)
#define WRONG "there are no keys of use in the answer"

/* PostgreSQL need not see what is no JSON. */
static bool
is_object(const char *text)
{
	json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	bool is = json_is_object(document);

	json_decref(document);
	return is;
}

static enum job_result
keep(struct job *job, const char *uri, const char *keys)
{
	struct rows *kept = job_query(job, &statements[SQL_KEYS_STORE],
	    (const char *const[]){ job_now(job), keys, job->key, uri });

	if (kept == NULL)
		return JOB_RETRY;
	job->error = rows_count(kept) == 0 ? WRONG : NULL;
	return rows_count(kept) == 0 ? JOB_RETRY : JOB_DONE;
}

enum job_result
keys_job(struct job *job)
{
	struct rows *rows =
	    job_query(job, &statements[SQL_KEYS_FIND], (const char *const[]){ job->key });
	const char *uri, *keys;

	if (rows == NULL)
		return JOB_RETRY;
	if (rows_count(rows) == 0)
		return JOB_DONE;
	uri = rows_text(rows, 0, "jwks_uri");
	if ((keys = fetch(job->arena, uri, MOST, &job->error)) == NULL)
		return JOB_RETRY;
	if (is_object(keys))
		return keep(job, uri, keys);
	job->error = WRONG;
	return JOB_RETRY;
}
