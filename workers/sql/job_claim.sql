-- Takes over jobs that are due, of each kind so many, and those whose worker has not finished them in time. A lease that
-- ends later than any that began by now was given by a clock that was ahead, and is none.
-- kinds: [{kind, lease: how many seconds a job is ours, batch: how many at once}]; now: the clock
-- lane: write
WITH kinds AS (
    SELECT kind, make_interval(secs => lease) AS lease, batch
    FROM jsonb_to_recordset(:'kinds'::jsonb) AS k (kind text, lease integer, batch integer)
), due AS (
    SELECT found.id
    FROM kinds k CROSS JOIN LATERAL (
        SELECT j.id
        FROM jobs j
        WHERE j.kind = k.kind AND j.dead_at IS NULL AND j.run_at <= :'now'::timestamptz
          AND (j.lease_until IS NULL OR j.lease_until <= :'now'::timestamptz
               OR j.lease_until > :'now'::timestamptz + 2 * k.lease)
        ORDER BY j.run_at, j.id
        LIMIT k.batch
        FOR UPDATE SKIP LOCKED) AS found
), claimed AS (
    UPDATE jobs
    SET attempts = attempts + 1,
        fence = fence + 1,
        lease_until = :'now'::timestamptz + (SELECT lease FROM kinds WHERE kinds.kind = jobs.kind)
    WHERE id = ANY (ARRAY(SELECT id FROM due))
    RETURNING id, kind, key, fence, person_id, payload, run_at, created_at
)
SELECT id, kind, key, fence, person_id, payload, (extract(epoch FROM created_at) * 1000000)::bigint AS created
FROM claimed
ORDER BY run_at, id;
