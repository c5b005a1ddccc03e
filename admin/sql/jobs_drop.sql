-- Forgets jobs, whatever they wait for, or all of a kind that were given up.
-- jobs: their ids; kind: or all of this
-- lane: write
DELETE FROM jobs
WHERE id = ANY (:'jobs'::bigint[]) OR (kind = :'kind'::text AND dead_at IS NOT NULL)
RETURNING id;
