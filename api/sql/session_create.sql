-- Redeems what was mailed.
-- token_hash, browser, session_hash: keyed hashes; ends: when the session does
-- lane: write
SELECT s.group_id, s.leader_id, s.expires_at
FROM session_create(:'token_hash'::bytea, :'browser'::bytea, :'session_hash'::bytea, :'session_id'::uuid,
                    :'ends'::timestamptz, :'now'::timestamptz) AS s;
