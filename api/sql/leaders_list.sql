-- The leaders of a group. To each other they have names.
-- lane: write
WITH target AS (
    SELECT g.id,
           CASE WHEN g.id = :'leads'::uuid      THEN NULL
                WHEN :'leads'::uuid IS NOT NULL THEN 'not-found'
                ELSE write_verdict(g.organisation_id, g.visibility, :'is_admin'::boolean, :'is_partner'::boolean,
                                   :'organisations'::uuid[]) END AS problem
    FROM groups g
    WHERE g.id = :'group_id'::uuid AND g.deleted_at IS NULL
)
SELECT
    CASE WHEN target.id IS NULL THEN 'not-found' ELSE target.problem END AS _problem,
    x.*
FROM (SELECT) AS asked
LEFT JOIN target ON true
LEFT JOIN leaders l ON l.group_id = target.id AND l.state <> 'left'
LEFT JOIN LATERAL leader_row(l, :'leads'::uuid IS NOT NULL) AS x ON l.id IS NOT NULL
WHERE target.id IS NULL OR target.problem IS NOT NULL OR l.id IS NOT NULL
ORDER BY x.created_at, x.id;
