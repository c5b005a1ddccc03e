-- Forgets jobs that were done, except those that are somebody else's by now.
-- jobs, fences: of their claims
-- lane: write
DELETE FROM jobs
USING unnest(:'jobs'::bigint[], :'fences'::bigint[]) AS done (id, fence)
WHERE jobs.id = done.id AND jobs.fence = done.fence;
