-- Whom a mailed token signs in, and in which language they are written to. No row: nobody, not even now.
-- token_hash: the keyed hash of the token
-- lane: read
SELECT p.language, c.kind = 'invitation' AS is_invitation
FROM capabilities c
JOIN persons p ON p.id = c.person_id
WHERE c.hash = :'token_hash'::bytea AND c.kind IN ('sign_in', 'invitation') AND c.expires_at > :'now'::timestamptz;
