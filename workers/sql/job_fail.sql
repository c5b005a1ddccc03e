-- Puts a job off, the longer the more often it failed; for good, if that was the last attempt.
-- job, fence: of the claim; error: why; attempts: how many it may have; now: the clock
-- lane: write
UPDATE jobs
SET lease_until = NULL,
    again = NULL,
    error = :'error',
    run_at = :'now'::timestamptz + make_interval(secs => attempts ^ 4 * (0.9 + random() * 0.2)),
    dead_at = CASE WHEN attempts >= :'attempts'::integer THEN :'now'::timestamptz END
WHERE id = :'job'::bigint AND fence = :'fence'::bigint
RETURNING dead_at IS NOT NULL AS is_dead;
