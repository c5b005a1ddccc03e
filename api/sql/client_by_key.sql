-- The client that a key belongs to, what it may write, and how much it may ask.
-- key_hash: the keyed hash of the key
-- lane: read
SELECT c.id, c.scopes::text AS scopes, organisations_below(c.organisation_id)::text AS organisations,
       c.requests_per_minute,
       (extract(epoch FROM k.expires_at) * 1000000)::bigint AS expires
FROM client_keys k
JOIN clients c ON c.id = k.client_id
WHERE k.hash = :'key_hash'::bytea
  AND (k.expires_at IS NULL OR k.expires_at > :'now'::timestamptz)
  AND client_takes_secrets(c);
