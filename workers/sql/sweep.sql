-- Ends what has run out, and forgets what is kept no longer.
-- now: the clock
-- lane: write
SELECT sweep(:'now'::timestamptz);
