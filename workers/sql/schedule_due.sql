-- A series that is to be planned up to the horizon; no row if it is not, or not just now.
-- now: the clock; key: the id of the schedule
-- lane: write
SELECT * FROM schedules_due(:'now'::timestamptz, 1, :'key'::uuid);
