/* audit.c: seals what was written into the audit, in the order in which it was committed. */
#include <stdlib.h>
#include <string.h>

#include "core/audit_chain.h"
#include "core/buffer.h"
#include "workers/audit.h"
#include "workers_sql.h"

#define BATCH  1000 /* entries, as audit_unsealed.sql has them */
#define ROUNDS 50   /* then the next job goes on */

/* Arrays as PostgreSQL reads them. */
struct sealed {
	struct buffer transactions, sequences, seals;
};

static void
sealed_init(struct sealed *sealed, struct arena *arena)
{
	buffer_init(&sealed->transactions, arena, 0);
	buffer_init(&sealed->sequences, arena, 0);
	buffer_init(&sealed->seals, arena, 0);
}

static void
append(struct buffer *array, size_t row, const char *value)
{
	buffer_printf(array, "%c%s", row == 0 ? '{' : ',', value);
}

static const char *
array_text(struct buffer *array)
{
	buffer_string(array, "}");
	return buffer_text(array);
}

static void
seal_entries(struct arena *arena, const struct rows *rows, struct audit_seal *seal,
    struct sealed *ret_sealed)
{
	sealed_init(ret_sealed, arena);
	for (size_t i = 0; i < rows_count(rows); i++) {
		audit_chain(arena, rows, i, seal);
		append(&ret_sealed->transactions, i, rows_text(rows, i, "transaction"));
		append(&ret_sealed->sequences, i, rows_text(rows, i, "sequence"));
		append(&ret_sealed->seals, i,
		    secrets_bytea(arena, seal->bytes, sizeof(seal->bytes)) + strlen("\\x"));
	}
}

static enum job_result
seal_batch(struct job *job, size_t *ret_count)
{
	struct rows *rows = job_query(job, &statements[SQL_AUDIT_UNSEALED], NULL);
	struct audit_seal seal = { 0 };
	struct sealed sealed;

	if (rows == NULL)
		return JOB_RETRY;
	*ret_count = rows_count(rows);
	if (rows_count(rows) == 0)
		return JOB_DONE;
	if (rows_text(rows, 0, "seal") != NULL &&
	    !audit_seal_read(job->arena, rows_text(rows, 0, "seal"), &seal)) {
		job->error = "the last seal is none";
		return JOB_RETRY;
	}
	seal_entries(job->arena, rows, &seal, &sealed);
	return job_query(job, &statements[SQL_AUDIT_SEAL],
		   (const char *const[]){ rows_text(rows, 0, "position"),
		       array_text(&sealed.transactions), array_text(&sealed.sequences),
		       array_text(&sealed.seals) }) == NULL ?
	    JOB_RETRY :
	    JOB_DONE;
}

enum job_result
audit_job(struct job *job)
{
	enum job_result result = JOB_DONE;
	size_t count = BATCH;

	for (int i = 0; i < ROUNDS && count == BATCH && result == JOB_DONE; i++) {
		struct job of_batch = *job;

		of_batch.arena = arena_new();
		result = seal_batch(&of_batch, &count);
		if (result != JOB_DONE)
			job->error = arena_strdup(job->arena, of_batch.error);
		arena_free(of_batch.arena);
	}
	return result;
}
