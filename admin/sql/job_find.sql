-- Whether there is a job.
-- lane: read
SELECT FROM jobs WHERE id = :'job'::bigint;
