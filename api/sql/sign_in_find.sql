-- Whom a mailed token signs in, and in which language they are written to. No row: nobody, not even now.
-- token_hash: the keyed hash of the token
-- lane: read
SELECT * FROM sign_in_find(:'token_hash'::bytea, :'now'::timestamptz);
