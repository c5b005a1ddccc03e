-- Keeps the keys that were fetched for a client, if any is of use, and it still wants them from there.
-- client_id; uri: where they were; keys: what was there; now: the clock
-- lane: write
INSERT INTO fetched_keys AS f (client_id, uri, jwks, fetched_at)
SELECT c.id, c.jwks_uri, usable.keys, :'now'::timestamptz
FROM clients c, usable_keys_of(:'keys'::jsonb) AS usable (keys)
WHERE c.id = :'client_id'::uuid AND c.jwks_uri = :'uri' AND usable.keys IS NOT NULL
ON CONFLICT (client_id) DO UPDATE SET uri = EXCLUDED.uri, jwks = EXCLUDED.jwks, fetched_at = EXCLUDED.fetched_at
RETURNING f.client_id;
