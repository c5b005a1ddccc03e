-- Series that are to be planned up to the horizon.
-- now: the clock; most: how many at once
-- lane: bulk
SELECT * FROM schedules_due(:'now'::timestamptz, :'most'::integer);
