-- Where a client publishes its keys, if it does.
-- client_id
-- lane: read
SELECT c.jwks_uri FROM clients c WHERE c.id = :'client_id'::uuid AND c.revoked_at IS NULL AND c.jwks_uri IS NOT NULL;
