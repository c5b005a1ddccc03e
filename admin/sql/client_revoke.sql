-- Ends a client.
-- lane: write
UPDATE clients
SET revoked_at = coalesce(revoked_at, :'now'::timestamptz), updated_at = :'now'::timestamptz,
    writer = '{"command": "runde"}'
WHERE name = :'name'
RETURNING id;
