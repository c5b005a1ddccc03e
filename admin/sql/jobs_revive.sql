-- Lets jobs that were given up begin anew.
-- now: the clock; jobs: their ids; kind: or all of this; both NULL: all
-- lane: write
UPDATE jobs
SET dead_at = NULL, attempts = 0, lease_until = NULL, run_at = :'now'::timestamptz
WHERE dead_at IS NOT NULL
  AND id = ANY (coalesce(:'jobs'::bigint[], ARRAY[id])) AND kind = coalesce(:'kind'::text, kind)
RETURNING id;
