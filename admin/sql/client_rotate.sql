-- Gives a client a new key; the others end after the overlap, unless they end before.
-- lane: write
WITH given AS (
    SELECT :'now'::timestamptz AS now, :'overlap'::numeric * interval '1 hour' AS overlap
), client AS (
    SELECT id FROM clients c WHERE name = :'name' AND client_takes_secrets(c)
), old AS (
    UPDATE client_keys k
    SET expires_at = least(k.expires_at, given.now + given.overlap)
    FROM client, given
    WHERE k.client_id = client.id
)
INSERT INTO client_keys (hash, client_id, created_at)
SELECT :'hash'::bytea, client.id, given.now
FROM client, given
RETURNING client_id;
