-- Takes a series away, with its meetings that are still to come.
-- lane: write
WITH wanted AS (
    SELECT
        s.id,
        coalesce(write_verdict(g.organisation_id, g.visibility, :'is_admin'::boolean, :'is_partner'::boolean,
                               acting_for(g.id, :'organisations'::uuid[])),
                 CASE WHEN NOT s.revision = ANY (coalesce(:'if_match'::bigint[], ARRAY[s.revision]))
                      THEN 'precondition-failed' END) AS problem
    FROM schedules s
    JOIN groups g ON g.id = s.group_id
    WHERE s.id = :'schedule_id'::uuid AND s.deleted_at IS NULL
    FOR UPDATE OF s
), written AS (
    UPDATE schedules s
    SET deleted_at = :'now'::timestamptz, updated_at = :'now'::timestamptz, writer = :'writer'::jsonb
    FROM wanted
    WHERE s.id = wanted.id AND wanted.problem IS NULL
    RETURNING s.id
)
SELECT wanted.problem AS _problem
FROM wanted
LEFT JOIN written ON true;
