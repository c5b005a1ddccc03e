-- Who bears a capability or a session.
-- token_hash: the keyed hash of the token
-- lane: read
SELECT * FROM capability_find(:'token_hash'::bytea, :'now'::timestamptz);
