-- One client.
-- lane: read
SELECT client_document(c, :'now'::timestamptz) AS _members, c.revision AS _revision
FROM clients c
WHERE c.id = :'client_id'::uuid AND c.revoked_at IS NULL;
