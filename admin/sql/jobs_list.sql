-- Jobs that wait, are being done, or were given up; the newest last.
-- now: the clock; kind: only of this, or NULL; dead: only those that were given up
-- lane: read
SELECT id, kind, attempts, error,
       CASE WHEN dead_at IS NOT NULL                  THEN 'dead'
            WHEN lease_until > :'now'::timestamptz    THEN 'at work'
            WHEN run_at > :'now'::timestamptz         THEN 'later'
            ELSE                                           'due' END AS state,
       to_char(coalesce(dead_at, created_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
FROM jobs
WHERE kind = coalesce(:'kind'::text, kind) AND (dead_at IS NOT NULL OR NOT :'dead'::boolean)
ORDER BY id;
