-- The meetings of a group in a range, those too that are cancelled, in their order.
-- from, to: instants; after: [starts_at, id] of the row before the page, and from and to as they were
-- lane: read
SELECT
    CASE WHEN g.id IS NULL THEN 'not-found' END AS _problem,
    m.document AS _members,
    m.starts_at::text AS _next_start,
    m.id AS _next_id,
    asked.since::text AS _next_from,
    asked.until::text AS _next_to
FROM (SELECT coalesce((:'after'::jsonb ->> 2)::timestamptz, :'from'::timestamptz) AS since,
             coalesce((:'after'::jsonb ->> 3)::timestamptz, :'to'::timestamptz) AS until) AS asked
LEFT JOIN groups g
       ON g.id = :'group_id'::uuid
      AND g.deleted_at IS NULL
      AND group_is_visible(g.visibility, g.organisation_id, :'is_admin'::boolean, :'is_partner'::boolean,
                           acting_for(g.id, :'organisations'::uuid[]))
LEFT JOIN LATERAL (
    SELECT m.id, m.starts_at,
           meeting_document(m, :'is_admin'::boolean, acting_for(g.id, :'organisations'::uuid[])) AS document
    FROM meetings m
    WHERE m.group_id = g.id
      AND m.deleted_at IS NULL
      AND m.starts_at >= asked.since
      AND m.starts_at < asked.until
      AND (:'after'::jsonb IS NULL
           OR (m.starts_at, m.id) > ((:'after'::jsonb ->> 0)::timestamptz, (:'after'::jsonb ->> 1)::uuid))
    ORDER BY m.starts_at, m.id
    LIMIT :'limit'::integer + 1) AS m ON true
WHERE g.id IS NULL OR m.id IS NOT NULL
ORDER BY m.starts_at, m.id;
