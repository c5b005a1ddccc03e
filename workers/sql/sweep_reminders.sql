-- Reminders that are due.
-- now: the clock
-- lane: write
SELECT reminders_add(:'now'::timestamptz, 500);
