-- Adds jobs for series that are to be planned.
-- now: the clock
-- lane: write
SELECT schedules_plan(:'now'::timestamptz);
