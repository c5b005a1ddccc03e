-- The feeds that a job is about which are out of date and which somebody reads.
-- payload: of the job; now: the clock
-- lane: read
SELECT * FROM feeds_due(:'payload'::jsonb, :'now'::timestamptz);
