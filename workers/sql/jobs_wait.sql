-- Puts jobs off until their times, as if they had not been claimed.
-- jobs, fences: of their claims; untils: when
-- lane: write
UPDATE jobs
SET lease_until = NULL, again = NULL, attempts = attempts - 1, run_at = until
FROM unnest(:'jobs'::bigint[], :'fences'::bigint[], :'untils'::timestamptz[]) AS kept (id, fence, until)
WHERE jobs.id = kept.id AND jobs.fence = kept.fence;
