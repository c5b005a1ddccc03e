-- Takes over jobs that are due, and those whose worker has not finished them in time.
-- leases: how many seconds each kind is ours; most: how many jobs; now: the clock
-- lane: write
WITH due AS (
    SELECT id
    FROM jobs
    WHERE dead_at IS NULL AND run_at <= :'now'::timestamptz
      AND (lease_until IS NULL OR lease_until <= :'now'::timestamptz)
    ORDER BY run_at, id
    LIMIT :'most'::integer
    FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE jobs
    SET attempts = attempts + 1,
        fence = fence + 1,
        lease_until = :'now'::timestamptz + make_interval(secs => coalesce((:'leases'::jsonb ->> kind)::integer, 10))
    WHERE id IN (SELECT id FROM due)
    RETURNING id, kind, fence, person_id, payload, run_at, created_at, lease_until
)
SELECT id, kind, fence, person_id, payload, (extract(epoch FROM created_at) * 1000000)::bigint AS created,
       (extract(epoch FROM lease_until) * 1000000)::bigint AS lease_until
FROM claimed
ORDER BY run_at, id;
