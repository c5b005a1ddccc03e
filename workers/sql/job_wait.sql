-- Puts a job off until its time, as if it had not been claimed.
-- job, fence: of the claim; until: when
-- lane: write
UPDATE jobs
SET lease_until = NULL, again = NULL, attempts = attempts - 1, run_at = :'until'::timestamptz
WHERE id = :'job'::bigint AND fence = :'fence'::bigint;
