-- What is due by the timetable, or was put there by a clock that was ahead.
-- now: the clock
-- lane: write
WITH due AS (
    UPDATE timetable
    SET due_at = :'now'::timestamptz + every
    WHERE due_at <= :'now'::timestamptz OR due_at > :'now'::timestamptz + every + interval '1 minute'
    RETURNING kind
)
INSERT INTO jobs (kind, key, run_at, created_at)
SELECT kind, to_char(:'now'::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), :'now'::timestamptz, :'now'::timestamptz
FROM due
ORDER BY kind
ON CONFLICT ON CONSTRAINT job_key DO NOTHING;
