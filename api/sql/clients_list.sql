-- A page of the clients that are not revoked, by name.
-- after: [name, id] of the row before the page
-- lane: search
SELECT client_document(c, :'now'::timestamptz) AS _members, c.name AS _next_name, c.id AS _next_id
FROM clients c
WHERE c.revoked_at IS NULL
  AND (:'after'::jsonb IS NULL OR (c.name, c.id) > (:'after'::jsonb ->> 0, (:'after'::jsonb ->> 1)::uuid))
ORDER BY c.name, c.id
LIMIT :'limit'::integer + 1;
