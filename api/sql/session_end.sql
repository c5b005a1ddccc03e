-- Ends the session that asks.
-- lane: write
-- personal: yes
DELETE FROM capabilities WHERE hash = :'token_hash'::bytea RETURNING NULL AS _problem;
