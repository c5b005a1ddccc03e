/* feeds.c: calendar feeds made again when something has changed. */
#include <string.h>

#include "core/feed.h"
#include "workers/feeds.h"
#include "workers_sql.h"

static enum job_result
fail(struct job *job, enum job_result result, const char *error)
{
	job->error = error;
	return result;
}

static enum job_result
store(struct job *job, const struct rows *head, const char *format, struct feed *feed)
{
	return job_query(job, &statements[SQL_FEED_STORE],
		   (const char *const[]){ rows_text(head, 0, "feed_id"), format,
		       rows_text(head, 0, "version"), rows_text(head, 0, "good_until"), feed->etag,
		       feed->sealed, feed->sealed == NULL ? buffer_text(&feed->body) : NULL,
		       feed_packed(job->arena, feed), job_now(job) }) == NULL ?
	    JOB_RETRY :
	    JOB_DONE;
}

static enum job_result
make(struct job *job, const char *id, const char *format)
{
	const char *const values[] = { id, job_now(job) };
	struct rows *head = job_query(job, &statements[SQL_FEED_HEAD_GET], values), *events;
	struct feed feed;

	if (head == NULL)
		return JOB_RETRY;
	if (rows_count(head) == 0 || rows_text(head, 0, "_problem") != NULL)
		return JOB_DONE;
	events = job_query(job, &statements[SQL_FEED_EVENTS_LIST], values);
	if (events == NULL)
		return JOB_RETRY;
	switch (feed_make(job->arena, job->config->base_url, head, events,
	    strcmp(format, feed_formats[CONTENT_ICS]) == 0 ? CONTENT_ICS : CONTENT_JCAL, true,
	    &feed)) {
	case FEED_TOO_LARGE: /* its readers are told */
		return JOB_DONE;
	case FEED_SEALED:
		return fail(job, JOB_RETRY, "what is personal does not open");
	case FEED_MADE:
		break;
	}
	return store(job, head, format, &feed);
}

/* What each needs is given back before the next. */
static enum job_result
make_apart(struct job *job, const char *id, const char *format)
{
	struct job of_one = *job;
	enum job_result result;

	of_one.arena = arena_new();
	result = make(&of_one, id, format);
	if (result != JOB_DONE)
		job->error = arena_strdup(job->arena, of_one.error);
	arena_free(of_one.arena);
	return result;
}

enum job_result
feeds_job(struct job *job)
{
	struct rows *due = job_query(
	    job, &statements[SQL_FEEDS_DUE], (const char *const[]){ job->payload, job_now(job) });
	enum job_result result = due == NULL ? JOB_RETRY : JOB_DONE;

	for (size_t i = 0; due != NULL && i < rows_count(due) && result == JOB_DONE; i++)
		result = make_apart(job, rows_text(due, i, "feed_id"), rows_text(due, i, "format"));
	return result;
}
