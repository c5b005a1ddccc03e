-- Begins the leases of jobs anew, and says of each, in their order, whether it is still ours.
-- jobs, fences: of their claims; kinds: [{kind, lease: how many seconds a job is ours}]; now: the clock
-- lane: write
WITH kept AS (
    SELECT *
    FROM unnest(:'jobs'::bigint[], :'fences'::bigint[]) WITH ORDINALITY AS kept (id, fence, number)
), renewed AS (
    UPDATE jobs
    SET lease_until = :'now'::timestamptz + make_interval(secs => lease)
    FROM kept, jsonb_to_recordset(:'kinds'::jsonb) AS kinds (kind text, lease integer)
    WHERE jobs.id = kept.id AND jobs.fence = kept.fence AND jobs.kind = kinds.kind
    RETURNING jobs.id
)
SELECT renewed.id IS NOT NULL AS is_ours
FROM kept LEFT JOIN renewed ON renewed.id = kept.id
ORDER BY number;
