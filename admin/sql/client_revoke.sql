-- Ends a client.
-- lane: write
UPDATE clients
SET revoked_at = coalesce(revoked_at, :'now'::timestamptz)
WHERE name = :'name'
RETURNING id;
