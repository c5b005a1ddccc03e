-- Sends leaders the overview of their week, where it has begun.
-- now: the clock
-- lane: write
SELECT overview_sweep(:'now'::timestamptz);
