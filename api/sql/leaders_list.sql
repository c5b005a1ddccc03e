-- The leaders of a group. To each other they have names.
-- lane: write
WITH target AS (
    SELECT g.id, g.id = :'leads'::uuid AS is_led_by_caller,
           CASE WHEN g.id = :'leads'::uuid      THEN NULL
                WHEN :'leads'::uuid IS NOT NULL THEN 'not-found'
                ELSE write_verdict(g.organisation_id, g.visibility, :'is_admin'::boolean, :'is_partner'::boolean,
                                   :'organisations'::uuid[]) END AS problem
    FROM groups g
    WHERE g.id = :'group_id'::uuid AND g.deleted_at IS NULL
)
SELECT
    target.problem AS _problem,
    x.*
FROM target
LEFT JOIN leaders l ON l.group_id = target.id AND l.state <> 'left' AND target.problem IS NULL
LEFT JOIN LATERAL leader_row(l, target.is_led_by_caller) AS x ON l.id IS NOT NULL
ORDER BY x.created_at, x.id;
