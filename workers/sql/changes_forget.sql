-- Forgets changes that are kept no longer.
-- now: the clock
-- lane: write
SELECT changes_forget(:'now'::timestamptz);
