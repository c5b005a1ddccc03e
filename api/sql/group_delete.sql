-- Takes a group out of the directory; its row and its entry in the log stay as the tombstone.
-- lane: write
WITH wanted AS (
    SELECT
        g.id,
        CASE
            WHEN NOT :'is_admin'::boolean AND NOT coalesce(g.organisation_id = ANY (:'organisations'::uuid[]), false)
                THEN CASE WHEN group_is_visible(g.visibility, g.organisation_id, false, :'is_partner'::boolean, NULL)
                          THEN 'forbidden' ELSE 'not-found' END
            WHEN NOT g.revision = ANY (coalesce(:'if_match'::bigint[], ARRAY[g.revision]))
                THEN 'precondition-failed'
        END AS problem
    FROM groups g
    WHERE g.id = :'group_id'::uuid AND g.deleted_at IS NULL
    FOR NO KEY UPDATE  -- others refer to it meanwhile, who have the series that are to go
), written AS (
    UPDATE groups g
    SET deleted_at = :'now'::timestamptz, updated_at = :'now'::timestamptz, writer = :'writer'::jsonb
    FROM wanted
    WHERE g.id = wanted.id AND wanted.problem IS NULL
    RETURNING g.id
)
SELECT wanted.problem AS _problem
FROM wanted
LEFT JOIN written ON true;
