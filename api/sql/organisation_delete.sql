-- Takes an organisation out of the directory, if nothing hangs on it.
-- lane: write
WITH wanted AS (
    SELECT
        o.id,
        CASE WHEN NOT o.revision = ANY (coalesce(:'if_match'::bigint[], ARRAY[o.revision]))
             THEN 'precondition-failed' END AS problem
    FROM organisations o
    WHERE o.id = :'organisation_id'::uuid AND o.deleted_at IS NULL
    FOR UPDATE
), written AS (
    UPDATE organisations o
    SET deleted_at = :'now'::timestamptz, updated_at = :'now'::timestamptz, writer = :'writer'::jsonb
    FROM wanted
    WHERE o.id = wanted.id AND wanted.problem IS NULL
    RETURNING o.id
)
SELECT wanted.problem AS _problem
FROM wanted
LEFT JOIN written ON true;
