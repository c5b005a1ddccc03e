-- Somebody has lost their link. What follows from it follows later.
-- email_hash: of the address in this group; address: of the address alone
-- lane: write
INSERT INTO recoveries (group_id, email_hash, address, created_at)
VALUES (:'group_id'::uuid, :'email_hash'::bytea, :'address'::bytea, :'now'::timestamptz);
