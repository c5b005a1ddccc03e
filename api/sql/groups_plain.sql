-- A page of all groups that anybody may see, by name.
-- after: [name, id] of the row before the page
-- lane: read
SELECT
    d.document AS _members,
    d.stale_at <= :'now'::timestamptz AS stale,
    n.next_meeting_at,
    g.name AS _next_name,
    g.id AS _next_id
FROM groups g
JOIN group_documents d ON d.group_id = g.id AND d.language = :'language'
LEFT JOIN LATERAL next_meeting(g.id, :'now'::timestamptz) AS n ON true
WHERE g.deleted_at IS NULL
  AND g.visibility = 'public'
  AND g.status IN ('founding', 'active')
  AND (g.name COLLATE "und-x-icu", g.id)
      > (coalesce(:'after'::jsonb ->> 0, ''),
         coalesce(:'after'::jsonb ->> 1, '00000000-0000-0000-0000-000000000000')::uuid)
ORDER BY g.name COLLATE "und-x-icu", g.id
LIMIT :'limit'::integer + 1;
