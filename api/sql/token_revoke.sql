-- Ends a token of a client's own; one that is another's or none is left alone, without a word.
-- client_id; token_hash: the keyed hash of the token
-- lane: write
DELETE FROM access_tokens
WHERE hash = :'token_hash'::bytea AND client_id = :'client_id'::uuid;
