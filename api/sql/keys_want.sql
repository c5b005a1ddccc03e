-- Has the keys of a client fetched, if it publishes them and the last time was a minute ago: it may have new ones.
-- client_id
-- lane: write
SELECT job_add('keys', c.id::text, NULL, '{}', :'now'::timestamptz, :'now'::timestamptz)
FROM clients c
WHERE c.id = :'client_id'::uuid AND c.jwks_uri IS NOT NULL AND c.revoked_at IS NULL
  AND NOT EXISTS (SELECT FROM fetched_keys f
                  WHERE f.client_id = c.id AND f.fetched_at > :'now'::timestamptz - interval '1 minute');
