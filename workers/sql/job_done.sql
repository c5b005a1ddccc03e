-- Forgets a job that was done, unless it is somebody else's by now.
-- job, fence: of the claim
-- lane: write
DELETE FROM jobs
WHERE id = :'job'::bigint AND fence = :'fence'::bigint;
