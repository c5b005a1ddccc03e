-- A page of webhooks, the oldest first.
-- after: [id] of the row before the page
-- lane: read
SELECT webhook_document(w) AS _members, w.id AS _next_id
FROM webhooks w
WHERE w.deleted_at IS NULL AND (:'is_admin'::boolean OR w.client_id = :'caller'::uuid)
  AND w.id > coalesce(:'after'::jsonb ->> 0, '00000000-0000-0000-0000-000000000000')::uuid
ORDER BY w.id
LIMIT :'limit'::integer + 1;
