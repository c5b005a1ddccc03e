-- Gives jobs back that nobody has begun: for others, at once, as if they had not been claimed.
-- jobs, fences: of their claims
-- lane: write
UPDATE jobs
SET lease_until = NULL, attempts = attempts - 1
FROM unnest(:'jobs'::bigint[], :'fences'::bigint[]) AS kept (id, fence)
WHERE jobs.id = kept.id AND jobs.fence = kept.fence;
