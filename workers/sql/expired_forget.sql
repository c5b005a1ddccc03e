-- Forgets what is kept no longer.
-- now: the clock
-- lane: write
SELECT expired_forget(:'now'::timestamptz);
