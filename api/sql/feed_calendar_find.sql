-- The feed whose address somebody has, as it was last made.
-- token_hash: the keyed hash of the secret in the address; feed_format: which form of it
-- lane: read
SELECT f.key, f.group_id, f.language, o.*
FROM capabilities c
JOIN feeds f ON f.person_id = c.person_id
CROSS JOIN LATERAL feed_find(f.key, :'feed_format', :'now'::timestamptz) AS o
WHERE c.hash = :'token_hash'::bytea AND c.kind = 'feed';
