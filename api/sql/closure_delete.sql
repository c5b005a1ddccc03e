-- Takes a closure away: what it cancelled takes place again.
-- lane: bulk
WITH wanted AS (
    SELECT
        c.id,
        CASE
            WHEN NOT keeps(closure_keeper(c), :'is_admin'::boolean, :'organisations'::uuid[])           THEN 'forbidden'
            WHEN NOT c.revision = ANY (coalesce(:'if_match'::bigint[], ARRAY[c.revision])) THEN 'precondition-failed'
        END AS problem
    FROM closures c
    WHERE c.id = :'closure_id'::uuid AND c.deleted_at IS NULL
    FOR UPDATE
), written AS (
    UPDATE closures c
    SET deleted_at = :'now'::timestamptz, updated_at = :'now'::timestamptz, writer = :'writer'::jsonb
    FROM wanted
    WHERE c.id = wanted.id AND wanted.problem IS NULL
    RETURNING c.id
)
SELECT wanted.problem AS _problem
FROM wanted
LEFT JOIN written ON true;
