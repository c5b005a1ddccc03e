-- Who bears a capability or a session.
-- token_hash: the keyed hash of the token
-- lane: read
SELECT p.id AS person_id, p.group_id, c.kind = 'session' AS is_session
FROM capabilities c
JOIN persons p ON p.id = c.person_id
WHERE c.hash = :'token_hash'::bytea
  AND c.kind IN ('life', 'session')
  AND (c.expires_at IS NULL OR c.expires_at > :'now'::timestamptz)
  AND p.erased_at IS NULL
  AND (c.kind = 'life' OR EXISTS (SELECT FROM leaders l WHERE l.id = p.id AND l.state = 'active'));
