-- Whose address a mailed token confirms.
-- token_hash: the keyed hash of the token
-- lane: read
SELECT * FROM confirmation_find(:'token_hash'::bytea, :'now'::timestamptz);
