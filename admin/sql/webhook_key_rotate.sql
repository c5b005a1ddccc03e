-- A new key to sign webhooks with; the one before signs too for a day.
-- id, public, secret: the key, sealed; now: the clock
-- lane: write
WITH former AS (
    UPDATE webhook_keys SET former_until = :'now'::timestamptz + interval '24 hours' WHERE former_until IS NULL
    RETURNING id
)
INSERT INTO webhook_keys (id, public, secret, created_at)
SELECT :'id'::uuid, :'public'::bytea, :'secret'::bytea, :'now'::timestamptz
FROM (SELECT count(*) FROM former) AS before_it
RETURNING 'whpk_' || encode(public, 'base64') AS public;
