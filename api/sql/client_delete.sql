-- Ends a client, its keys and its tokens.
-- lane: write
WITH wanted AS (
    SELECT
        c.id,
        CASE WHEN NOT c.revision = ANY (coalesce(:'if_match'::bigint[], ARRAY[c.revision])) THEN 'precondition-failed' END
            AS problem
    FROM clients c
    WHERE c.id = :'client_id'::uuid AND c.revoked_at IS NULL
    FOR UPDATE
), written AS (
    UPDATE clients c
    SET revoked_at = :'now'::timestamptz, updated_at = :'now'::timestamptz, writer = :'writer'::jsonb
    FROM wanted
    WHERE c.id = wanted.id AND wanted.problem IS NULL
    RETURNING c.id
)
SELECT wanted.problem AS _problem
FROM wanted
LEFT JOIN written ON true;
