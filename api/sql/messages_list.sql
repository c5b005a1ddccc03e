-- What was written to a group, the newest first. That leaders read it is noted.
-- after: [created_at, id] of the row before the page
-- lane: write
-- personal: yes
WITH noted AS MATERIALIZED (
    SELECT read_record(:'writer'::jsonb, 'messages', :'group_id'::uuid, '{name,text}', :'now'::timestamptz)
    WHERE :'group_id'::uuid = :'leads'::uuid
)
SELECT
    CASE WHEN :'group_id'::uuid IS DISTINCT FROM :'leads'::uuid THEN 'not-found' END AS _problem,
    m.*
FROM (SELECT) AS asked
LEFT JOIN noted ON true
LEFT JOIN LATERAL (
    SELECT x.id, x.name, x.text, x.created_at, p.id AS _person, p.wrapping_key AS _wrapping_id, k.wrapped AS _wrapping,
           p.wrapped AS _wrapped, x.created_at::text AS _next_at, x.id AS _next_id
    FROM messages x
    JOIN persons p ON p.id = x.thread_id
    JOIN wrapping_keys k ON k.id = p.wrapping_key
    WHERE x.group_id = :'leads'::uuid
      AND x.group_id = :'group_id'::uuid
      AND x.id = x.thread_id
      AND (:'after'::jsonb IS NULL
           OR (x.created_at, x.id) < ((:'after'::jsonb ->> 0)::timestamptz, (:'after'::jsonb ->> 1)::uuid))
    ORDER BY x.created_at DESC, x.id DESC
    LIMIT :'limit'::integer + 1) AS m ON true
WHERE :'group_id'::uuid IS DISTINCT FROM :'leads'::uuid OR m.id IS NOT NULL
ORDER BY m.created_at DESC, m.id DESC;
