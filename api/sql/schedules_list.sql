-- The series of a group, in the order in which they were added.
-- after: [id] of the row before the page
-- lane: read
SELECT
    CASE WHEN g.id IS NULL THEN 'not-found' END AS _problem,
    s.document AS _members,
    s.id AS _next_id
FROM (SELECT) AS asked
LEFT JOIN groups g
       ON g.id = :'group_id'::uuid
      AND g.deleted_at IS NULL
      AND group_is_visible(g.visibility, g.organisation_id, :'is_admin'::boolean, :'is_partner'::boolean,
                           acting_for(g.id, :'organisations'::uuid[]))
LEFT JOIN LATERAL (
    SELECT s.id, schedule_document(s, keeps(g.organisation_id, :'is_admin'::boolean, acting_for(g.id, :'organisations'::uuid[]))) AS document
    FROM schedules s
    WHERE s.group_id = g.id
      AND s.deleted_at IS NULL
      AND s.id > coalesce(:'after'::jsonb ->> 0, '00000000-0000-0000-0000-000000000000')::uuid
    ORDER BY s.id
    LIMIT :'limit'::integer + 1) AS s ON true
WHERE g.id IS NULL OR s.id IS NOT NULL
ORDER BY s.id;
