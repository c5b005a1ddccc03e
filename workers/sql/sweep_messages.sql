-- Messages that are delivered, and whose text can be forgotten.
-- now: the clock
-- lane: write
INSERT INTO jobs (kind, key, run_at, created_at)
SELECT 'delivery', m.id::text, :'now'::timestamptz, :'now'::timestamptz
FROM messages m
WHERE m.text IS NOT NULL AND message_has_gone(m, :'now'::timestamptz)
  AND NOT EXISTS (SELECT FROM jobs j WHERE j.kind = 'delivery' AND j.key = m.id::text)
ORDER BY m.id
LIMIT 500
ON CONFLICT ON CONSTRAINT job_key DO NOTHING;
