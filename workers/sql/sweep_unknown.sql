-- Gives jobs up that nobody here can do. For an hour they are left to newer workers, which may be on their way.
-- now: the clock; kinds: [{kind}] that we can do
-- lane: write
UPDATE jobs
SET dead_at = :'now'::timestamptz, error = 'nobody here does jobs of the kind ' || kind
WHERE dead_at IS NULL AND run_at <= :'now'::timestamptz - interval '1 hour'
  AND NOT EXISTS (SELECT FROM jsonb_to_recordset(:'kinds'::jsonb) AS k (kind text) WHERE k.kind = jobs.kind);
