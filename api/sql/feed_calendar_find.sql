-- The feed whose address somebody has, as it was last made.
-- token_hash: the keyed hash of the secret in the address; feed_format: which form of it
-- lane: read
SELECT t.key, t.group_id, t.language, o.*
FROM feed_of_token(:'token_hash'::bytea) AS t
CROSS JOIN LATERAL feed_find(t.key, :'feed_format', :'now'::timestamptz) AS o;
