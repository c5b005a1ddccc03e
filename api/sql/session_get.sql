-- The session that asks.
-- lane: read
-- personal: yes
SELECT l.group_id, l.id AS leader_id, c.expires_at
FROM capabilities c
JOIN leaders l ON l.id = c.person_id
WHERE c.hash = :'token_hash'::bytea;
