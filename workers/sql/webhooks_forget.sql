-- Forgets what was sent a month ago, and secrets that sign no more.
-- now: the clock
-- lane: write
SELECT webhooks_forget(:'now'::timestamptz);
