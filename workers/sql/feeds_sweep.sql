-- Asks for feeds to be made again whose windows have moved, and forgets those that nobody reads any more.
-- now: the clock
-- lane: write
SELECT feeds_sweep(:'now'::timestamptz);
