-- Adds a job that does nothing.
-- key: of its own; now: the clock
-- lane: write
INSERT INTO jobs (kind, key, run_at, created_at)
VALUES ('noop', 'probe:' || :'key', :'now'::timestamptz, :'now'::timestamptz)
RETURNING id;
