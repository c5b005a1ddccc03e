-- Notes that a proof was seen; no row if it had been seen before.
-- proof: its keyed hash; until: when it ends by itself
-- lane: write
INSERT INTO spent_proofs (hash, expires_at)
VALUES (:'proof'::bytea, :'until'::timestamptz)
ON CONFLICT DO NOTHING
RETURNING true AS is_new;
