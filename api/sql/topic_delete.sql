-- Takes a topic out of the tree, if nothing hangs on it.
-- lane: write
WITH wanted AS (
    SELECT
        t.id,
        CASE WHEN NOT t.revision = ANY (coalesce(:'if_match'::bigint[], ARRAY[t.revision]))
             THEN 'precondition-failed' END AS problem
    FROM topics t
    WHERE t.id = :'topic_id'::uuid AND t.deleted_at IS NULL
    FOR UPDATE
), written AS (
    UPDATE topics t
    SET deleted_at = :'now'::timestamptz, updated_at = :'now'::timestamptz, writer = :'writer'::jsonb
    FROM wanted
    WHERE t.id = wanted.id AND wanted.problem IS NULL
    RETURNING t.id
)
SELECT wanted.problem AS _problem
FROM wanted
LEFT JOIN written ON true;
