-- Asks leaders whether entries that nobody has confirmed for long are right.
-- now: the clock
-- lane: write
SELECT entries_sweep(:'now'::timestamptz);
