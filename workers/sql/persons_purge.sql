-- Adds jobs for persons who are to be erased.
-- now: the clock
-- lane: write
SELECT persons_purge(:'now'::timestamptz);
