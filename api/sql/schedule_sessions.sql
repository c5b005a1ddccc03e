-- How many sessions a series had before it is split: those of its dates on which clocks show the time.
-- lane: read
SELECT count(*) AS taken
FROM schedules s, unnest(:'old_dates'::date[]) AS d (date)
WHERE s.id = :'schedule_id'::uuid AND NOT is_in_gap(d.date + s.starts_at_local::time, s.time_zone);
