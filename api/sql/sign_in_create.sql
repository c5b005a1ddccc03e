-- Somebody wants to sign in as a leader; whether they are one is told by mail only.
-- email_hash, sign_in_id, placeholder, browser, asker: hashes, see leaders.c; ends: until when it is good
-- lane: write
SELECT sign_in_create(:'group_id'::uuid, :'email_hash'::bytea, :'sign_in_id'::uuid, :'placeholder'::bytea,
                      :'browser'::bytea, :'asker'::bytea, :'ends'::timestamptz, :'now'::timestamptz);
