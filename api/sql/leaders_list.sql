-- The leaders of a group, the longest one first. To each other they have names.
-- after: [created_at, id] of the row before the page
-- lane: write
-- personal: yes
WITH target AS (
    SELECT g.id, g.id = :'leads'::uuid AS is_led_by_caller,
           CASE WHEN g.id = :'leads'::uuid      THEN NULL
                WHEN :'leads'::uuid IS NOT NULL THEN 'not-found'
                ELSE write_verdict(g.organisation_id, g.visibility, :'is_admin'::boolean, :'is_partner'::boolean,
                                   :'organisations'::uuid[]) END AS problem
    FROM groups g
    WHERE g.id = :'group_id'::uuid AND g.deleted_at IS NULL
), page AS (
    SELECT l, target.is_led_by_caller
    FROM target
    JOIN leaders l ON l.group_id = target.id AND l.state <> 'left'
    WHERE target.problem IS NULL
      AND (:'after'::jsonb IS NULL
           OR (l.created_at, l.id) > ((:'after'::jsonb ->> 0)::timestamptz, (:'after'::jsonb ->> 1)::uuid))
    ORDER BY l.created_at, l.id
    LIMIT :'limit'::integer + 1
)
SELECT
    CASE WHEN target.id IS NULL THEN 'not-found' ELSE target.problem END AS _problem,
    x.*,
    x.created_at::text AS _next_at,
    x.id AS _next_id
FROM (SELECT) AS asked
LEFT JOIN target ON true
LEFT JOIN page ON true
LEFT JOIN LATERAL leader_row(page.l, page.is_led_by_caller) AS x ON (page.l).id IS NOT NULL
WHERE target.id IS NULL OR target.problem IS NOT NULL OR x.id IS NOT NULL
ORDER BY x.created_at, x.id;
