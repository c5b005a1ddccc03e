-- Plans a series up to the horizon.
-- plans: from planning_json; now: the clock
-- lane: write
SELECT schedules_extend(:'plans'::jsonb, :'now'::timestamptz) AS extended;
