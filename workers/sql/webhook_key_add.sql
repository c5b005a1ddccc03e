-- A first key to sign with, unless somebody else was faster.
-- id, public, secret: the key, sealed; now: the clock
-- lane: write
INSERT INTO webhook_keys (id, public, secret, created_at)
VALUES (:'id'::uuid, :'public'::bytea, :'secret'::bytea, :'now'::timestamptz)
ON CONFLICT DO NOTHING;
