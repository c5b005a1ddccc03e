/* mails.c: the mails of a batch read, checked, written, sent, and settled. */
#include <stdio.h>

#include "core/buffer.h"
#include "core/clock.h"
#include "core/suppression.h"
#include "workers/batch.h"
#include "workers/ending.h"
#include "workers/mail.h"
#include "workers/mails.h"
#include "workers/pace.h"
#include "workers_sql.h"

#define FRESH_MS  1000 /* what was read longer ago is read again before it is sent */
#define SETTLE_MS 2    /* what was sent waits so long for others to be forgotten with it */
#define LOOK_MS   500  /* while nobody answers: for leases, and whether we are to end */

struct mail {
	struct job *job;
	const struct rows *facts; /* one row */
	struct address address;
	struct delivery delivery;
	bool is_under_way;
};

struct round {
	struct batch *batch;
	struct mail *mails;
	size_t count;
	size_t begun; /* how many of them, from the first on, sent or not */
	size_t under_way;
	uint64_t read_at;
};

static bool
is_open(const struct mail *mail)
{
	return mail->job->fate == OPEN;
}

/* What PostgreSQL is asked --------------------------------------------------------------------*/

struct question {
	enum sql statement;
	void (*put)(struct buffer *json, const struct mail *mail);
	enum job_result (*take)(struct mail *mail, const struct rows *answer);
};

static void
put_job(struct buffer *json, const struct mail *mail)
{
	const struct job *job = mail->job;
	const char *quote = job->person == NULL ? "" : "\"";

	buffer_printf(json, "\"person\":%s%s%s,\"payload\":%s", quote,
	    job->person == NULL ? "null" : job->person, quote, job->payload);
}

static enum job_result
take_facts(struct mail *mail, const struct rows *answer)
{
	mail->facts = answer;
	return mail_look(mail->job, answer);
}

static void
put_address(struct buffer *json, const struct mail *mail)
{
	const struct job *job = mail->job;

	buffer_printf(json, "\"job\":%s,\"fence\":%s,\"address\":\"\\%s\",\"counts\":%s", job->id,
	    job->fence, suppression_hash(job->arena, &mail->address),
	    mail_counts(mail->facts) ? "true" : "false");
}

static enum job_result
take_permission(struct mail *mail, const struct rows *answer)
{
	struct job *job = mail->job;

	job->wait_until = rows_text(answer, 0, "wait_until");
	if (rows_text(answer, 0, "is_suppressed")[0] == 't') {
		fprintf(
		    stderr, "runde-worker: job %s (mail): the address is suppressed\n", job->id);
		return JOB_DONE;
	}
	if (rows_text(answer, 0, "is_ours")[0] == 'f')
		return JOB_DONE;
	return job->wait_until == NULL ? JOB_GOES_ON : JOB_WAITS;
}

static const struct question facts = { SQL_MAILS_READ, put_job, take_facts };
static const struct question permission = { SQL_MAILS_CHECK, put_address, take_permission };

static const char *
told(struct round *round, const struct question *question, size_t from, size_t to)
{
	const char *separator = "[";
	struct buffer json;

	buffer_init(&json, round->batch->arena, 300 * (to - from) + 3);
	for (size_t i = from; i < to; i++) {
		if (!is_open(&round->mails[i]))
			continue;
		buffer_printf(&json, "%s{\"number\":%zu,", separator, i);
		question->put(&json, &round->mails[i]);
		buffer_string(&json, "}");
		separator = ",";
	}
	buffer_string(&json, *separator == '[' ? "[]" : "]");
	return buffer_text(&json);
}

/* Asks about all that are open; about each alone if that fails, for one may spoil it for all. */
static void
ask(struct round *round, const struct question *question, size_t from, size_t to)
{
	struct batch *batch = round->batch;
	struct job *first = round->mails[from].job;
	struct rows *rows = job_query(first, &statements[question->statement],
	    (const char *const[]){ told(round, question, from, to), job_now(first) });
	size_t row = 0;

	if (rows == NULL && to - from == 1 && is_open(&round->mails[from]))
		batch_end(batch, first, JOB_RETRY);
	if (rows == NULL)
		for (size_t i = from; to - from > 1 && i < to && db_is_alive(batch->db); i++)
			ask(round, question, i, i + 1);
	for (size_t i = from; rows != NULL && i < to; i++)
		if (is_open(&round->mails[i]))
			batch_end(batch, round->mails[i].job,
			    question->take(
				&round->mails[i], rows_slice(batch->arena, rows, row++)));
}

static void
read_facts(struct round *round, size_t from)
{
	round->read_at = clock_monotonic();
	ask(round, &facts, from, round->count);
}

/* What is sent --------------------------------------------------------------------------------*/

static enum job_result
write(struct mail *mail)
{
	struct job *job = mail->job;

	job->wait_until = pace_rest(job->arena, mail->address.domain, clock_now());
	return job->wait_until != NULL ?
	    JOB_WAITS :
	    mail_write(job, mail->facts, &mail->address, &mail->delivery);
}

static void
begin(struct round *round)
{
	struct mail *mail = &round->mails[round->begun];

	if (clock_monotonic() - round->read_at > FRESH_MS)
		read_facts(round, round->begun);
	if (!db_is_alive(round->batch->db))
		return;
	round->begun++;
	if (!is_open(mail))
		return;
	batch_end(round->batch, mail->job, write(mail));
	if (!is_open(mail))
		return;
	outlet_begin(round->batch->arena, &mail->delivery);
	mail->is_under_way = true;
	round->under_way++;
}

static void
finish(struct round *round, struct mail *mail)
{
	struct delivery *delivery = &mail->delivery;

	if (delivery->result == OUTLET_SENT || delivery->is_put_off)
		pace_note(delivery->recipient.domain, clock_now(), delivery->is_put_off);
	batch_end(round->batch, mail->job, mail_end(mail->job, delivery));
}

static void
drop(struct mail *mail)
{
	outlet_drop(&mail->delivery);
	fprintf(
	    stderr, "runde-worker: job %s (mail): it is somebody else's by now\n", mail->job->id);
}

/* Those that are over; and those whose jobs are somebody else's by now, which go no further. */
static void
finish_some(struct round *round)
{
	for (size_t i = 0; i < round->begun; i++) {
		struct mail *mail = &round->mails[i];

		if (!mail->is_under_way ||
		    (is_open(mail) && mail->delivery.result == OUTLET_UNDER_WAY))
			continue;
		if (is_open(mail))
			finish(round, mail);
		else
			drop(mail);
		mail->is_under_way = false;
		round->under_way--;
	}
}

static bool
may_begin(const struct round *round)
{
	return round->begun < round->count && db_is_alive(round->batch->db) && !ending_is_told(0);
}

static void
send_all(struct round *round)
{
	struct batch *batch = round->batch;

	while (round->under_way > 0 || may_begin(round)) {
		while (outlet_has_room() && may_begin(round))
			begin(round);
		outlet_wait(batch->arena, batch_settle_after(batch, SETTLE_MS, LOOK_MS));
		batch_renew(batch);
		finish_some(round);
	}
	batch_settle(batch);
}

/* All of it -----------------------------------------------------------------------------------*/

static void
gather(struct round *round, const struct kind *kind)
{
	struct batch *batch = round->batch;

	round->mails = arena_alloc(batch->arena, batch->count * sizeof(*round->mails));
	for (size_t i = 0; i < batch->count; i++)
		if (batch->jobs[i].kind == kind && batch->jobs[i].fate == OPEN)
			round->mails[round->count++].job = &batch->jobs[i];
}

static enum job_result
address(struct mail *mail)
{
	struct job *job = mail->job;
	enum job_result result = mail_address(job, mail->facts, &mail->address);

	if (result != JOB_GOES_ON)
		return result;
	job->wait_until =
	    pace_wait(job->arena, mail->address.domain, clock_now(), job->config->mail_pace);
	return job->wait_until == NULL ? JOB_GOES_ON : JOB_WAITS;
}

void
mails_run(struct batch *batch, const struct kind *kind)
{
	struct round round = { .batch = batch };

	gather(&round, kind);
	read_facts(&round, 0);
	if (!db_is_alive(batch->db))
		return; /* of some nothing is known */
	for (size_t i = 0; i < round.count; i++)
		if (is_open(&round.mails[i]))
			batch_end(batch, round.mails[i].job, address(&round.mails[i]));
	ask(&round, &permission, 0, round.count);
	send_all(&round);
}
