-- Those who have asked for new links.
-- now: the clock
-- lane: write
INSERT INTO jobs (kind, key, run_at, created_at)
SELECT 'recovery', r.id::text, :'now'::timestamptz, :'now'::timestamptz
FROM recoveries r
WHERE NOT EXISTS (SELECT FROM jobs j WHERE j.kind = 'recovery' AND j.key = r.id::text)
ORDER BY r.id
LIMIT 500
ON CONFLICT ON CONSTRAINT job_key DO NOTHING;
