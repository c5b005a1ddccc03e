-- Forgets jobs that were done, except those that are somebody else's by now, and those that are to be done again.
-- jobs, fences: of their claims
-- lane: write
WITH done AS (
    SELECT * FROM unnest(:'jobs'::bigint[], :'fences'::bigint[]) AS d (id, fence)
), renewed AS (
    UPDATE jobs
    SET payload = again -> 'payload', run_at = (again ->> 'run_at')::timestamptz, again = NULL, lease_until = NULL, attempts = 0
    FROM done
    WHERE jobs.id = done.id AND jobs.fence = done.fence AND again IS NOT NULL
)
DELETE FROM jobs
USING done
WHERE jobs.id = done.id AND jobs.fence = done.fence AND again IS NULL;
