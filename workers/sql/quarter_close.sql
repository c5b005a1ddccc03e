-- Releases the statistics of the last quarter.
-- now: the clock
-- lane: write
SELECT statistics_release_due(:'now'::timestamptz);
