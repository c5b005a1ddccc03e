-- The client that an access token belongs to, what it may write, and what the token is bound to.
-- key_hash: the keyed hash of the token
-- lane: read
SELECT t.client_id AS id, t.scopes::text AS scopes, organisations_below(t.organisation_id)::text AS organisations,
       (SELECT c.requests_per_minute FROM clients c WHERE c.id = t.client_id) AS requests_per_minute,
       (extract(epoch FROM t.expires_at) * 1000000)::bigint AS expires, t.jkt, t.x5t
FROM access_token_read(:'key_hash'::bytea, :'now'::timestamptz) AS t;
