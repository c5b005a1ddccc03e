-- Series in which something lapses, or somebody may be served.
-- now: the clock
-- lane: write
INSERT INTO jobs (kind, key, run_at, created_at)
SELECT 'series', schedule_id::text, :'now'::timestamptz, :'now'::timestamptz
FROM (
    (SELECT r.schedule_id
     FROM registrations r
     WHERE r.lapses_at <= :'now'::timestamptz
       AND NOT EXISTS (SELECT FROM jobs j WHERE j.kind = 'series' AND j.key = r.schedule_id::text)
     ORDER BY r.lapses_at
     LIMIT 500)
    UNION
    (SELECT t.schedule_id
     FROM series_to_serve t
     WHERE t.due_at <= :'now'::timestamptz
       AND NOT EXISTS (SELECT FROM jobs j WHERE j.kind = 'series' AND j.key = t.schedule_id::text)
     ORDER BY t.due_at
     LIMIT 500)) AS due
ORDER BY schedule_id
ON CONFLICT ON CONSTRAINT job_key DO NOTHING;
