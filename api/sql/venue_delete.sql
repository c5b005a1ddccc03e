-- Takes a venue away, if nobody is going to meet there.
-- lane: write
WITH wanted AS (
    SELECT
        v.id,
        CASE
            WHEN NOT keeps(v.organisation_id, :'is_admin'::boolean, :'organisations'::uuid[])           THEN 'forbidden'
            WHEN NOT v.revision = ANY (coalesce(:'if_match'::bigint[], ARRAY[v.revision])) THEN 'precondition-failed'
        END AS problem
    FROM venues v
    WHERE v.id = :'venue_id'::uuid AND v.deleted_at IS NULL
    FOR UPDATE
), written AS (
    UPDATE venues v
    SET deleted_at = :'now'::timestamptz, updated_at = :'now'::timestamptz, writer = :'writer'::jsonb
    FROM wanted
    WHERE v.id = wanted.id AND wanted.problem IS NULL
    RETURNING v.id
)
SELECT wanted.problem AS _problem
FROM wanted
LEFT JOIN written ON true;
