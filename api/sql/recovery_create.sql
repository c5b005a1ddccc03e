-- Somebody has lost their link. What follows from it follows later.
-- email_hash: of the address in this group
-- lane: write
INSERT INTO recoveries (group_id, email_hash, created_at)
VALUES (:'group_id'::uuid, :'email_hash'::bytea, :'now'::timestamptz);
