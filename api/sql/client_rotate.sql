-- Gives a client a new key; the others end after the overlap, unless they end before.
-- body: KeyRotation; key_hash: the keyed hash of the key
-- lane: write
WITH given AS (
    SELECT :'now'::timestamptz + coalesce(:'body'::jsonb ->> 'overlap', 'PT24H')::interval AS ends
), client AS (
    SELECT c.id, client_takes_secrets(c) AS has_keys FROM clients c WHERE c.id = :'client_id'::uuid AND c.revoked_at IS NULL
), old AS (
    UPDATE client_keys k
    SET expires_at = least(k.expires_at, given.ends)
    FROM client, given
    WHERE k.client_id = client.id AND client.has_keys
), key AS (
    INSERT INTO client_keys (hash, client_id, created_at)
    SELECT :'key_hash'::bytea, id, :'now'::timestamptz
    FROM client
    WHERE has_keys
)
SELECT CASE WHEN client.id IS NULL THEN 'not-found' WHEN NOT has_keys THEN 'conflict' END AS _problem,
       client.id AS client_id, given.ends AS others_end_at
FROM given
LEFT JOIN client ON true;
