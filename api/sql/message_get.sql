-- A message, then all that was written since, for those who take part.
-- lane: write
-- personal: yes
WITH thread AS (
    SELECT t.* FROM thread_for(:'message_id'::uuid, :'person'::uuid, :'leads'::uuid) AS t WHERE t.id IS NOT NULL
), noted AS MATERIALIZED (
    SELECT read_record(:'writer'::jsonb, 'message', id, '{name,text}', :'now'::timestamptz)
    FROM thread
    WHERE :'leads'::uuid IS NOT NULL
)
SELECT
    x.id, x.name, x.text,
    CASE WHEN x.id = x.thread_id THEN NULL WHEN x.leader_id IS NULL THEN 'sender' ELSE 'leader' END AS by,
    x.created_at,
    count(*) OVER () AS _revision,  -- a thread only grows
    x.id AS _row, p.id AS _person, p.wrapping_key AS _wrapping_id, k.wrapped AS _wrapping, p.wrapped AS _wrapped
FROM thread p
LEFT JOIN noted ON true
JOIN messages x ON x.thread_id = p.id
JOIN wrapping_keys k ON k.id = p.wrapping_key
ORDER BY x.id <> x.thread_id, x.created_at, x.id;
