-- Withdraws what a group has let an organisation do.
-- lane: write
WITH target AS (
    SELECT g.id, o.id AS organisation_id, o.name,
           coalesce(group_verdict_of_leaders(g, :'leads'::uuid, :'is_admin'::boolean, :'is_partner'::boolean,
                                             :'organisations'::uuid[]),
                    CASE WHEN o.id IS NULL THEN 'not-found' END) AS problem
    FROM groups g
    LEFT JOIN organisations o ON o.id = :'organisation_id'::uuid AND o.deleted_at IS NULL
    WHERE g.id = :'group_id'::uuid AND g.deleted_at IS NULL
), written AS MATERIALIZED (
    SELECT w.*
    FROM target
    CROSS JOIN LATERAL mandate_write(target.id, target.organisation_id, '{}',
                                     :'if_match'::bigint[], :'writer'::jsonb, :'now'::timestamptz) AS w
    WHERE target.problem IS NULL
)
SELECT
    coalesce(target.problem, written.problem) AS _problem
FROM target
LEFT JOIN written ON true;
