-- Forgets access tokens that have ended, and proofs that are too old to be taken.
-- now: the clock
-- lane: write
WITH proofs AS (
    DELETE FROM spent_proofs WHERE expires_at < :'now'::timestamptz
)
DELETE FROM access_tokens WHERE expires_at < :'now'::timestamptz;
