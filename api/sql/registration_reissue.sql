-- Gives a person a new capability; the old ones are dead.
-- token_hash: the keyed hash of the new one
-- lane: write
WITH target AS (
    SELECT r.id FROM registrations r WHERE r.id = :'registration_id'::uuid AND r.id = :'person'::uuid
), gone AS (
    DELETE FROM capabilities c USING target WHERE c.person_id = target.id AND c.kind = 'life'
), made AS (
    INSERT INTO capabilities (hash, id, kind, person_id, created_at)
    SELECT :'token_hash'::bytea, gen_random_uuid(), 'life', target.id, :'now'::timestamptz
    FROM target
    RETURNING person_id
)
SELECT CASE WHEN made.person_id IS NULL THEN 'not-found' END AS _problem
FROM (SELECT) AS asked
LEFT JOIN made ON true;
