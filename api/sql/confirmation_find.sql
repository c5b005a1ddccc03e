-- Whose address a mailed token confirms.
-- token_hash: the keyed hash of the token
-- lane: read
SELECT p.id, p.language, p.links
FROM capabilities c
JOIN persons p ON p.id = c.person_id
WHERE c.hash = :'token_hash'::bytea AND c.kind = 'confirmation' AND p.erased_at IS NULL
  AND (c.used_at IS NOT NULL OR c.expires_at > :'now'::timestamptz);
