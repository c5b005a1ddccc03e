-- Which organisations a group lets do something for it, the first that was asked first.
-- lane: read
WITH target AS (
    SELECT g.id,
           mandate_verdict(g, :'leads'::uuid, :'is_admin'::boolean, :'is_partner'::boolean, :'organisations'::uuid[],
                           NULL) AS problem
    FROM groups g
    WHERE g.id = :'group_id'::uuid AND g.deleted_at IS NULL
), page AS (
    SELECT m.*, o.name
    FROM target
    JOIN mandates m ON m.group_id = target.id AND m.rights <> '{}'
    JOIN organisations o ON o.id = m.organisation_id AND o.deleted_at IS NULL
    WHERE target.problem IS NULL
      AND (:'after'::jsonb IS NULL
           OR (m.created_at, m.organisation_id) > ((:'after'::jsonb ->> 0)::timestamptz, (:'after'::jsonb ->> 1)::uuid))
    ORDER BY m.created_at, m.organisation_id
    LIMIT :'limit'::integer + 1
)
SELECT
    CASE WHEN target.id IS NULL THEN 'not-found' ELSE target.problem END AS _problem,
    page.organisation_id,
    page.name,
    to_jsonb(page.rights) AS rights,
    page.updated_at AS given_at,
    page.created_at::text AS _next_at,
    page.organisation_id AS _next_id
FROM (SELECT) AS asked
LEFT JOIN target ON true
LEFT JOIN page ON true
WHERE target.id IS NULL OR target.problem IS NOT NULL OR page.organisation_id IS NOT NULL
ORDER BY page.created_at, page.organisation_id;
