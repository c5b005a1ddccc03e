-- Gives a person a new capability; the old ones are dead, and one that was dead already gives no new one.
-- new_hash: the keyed hash of the new one; token_hash: of the one that asks
-- lane: write
-- personal: yes
WITH gone AS (
    DELETE FROM capabilities c
    WHERE c.person_id = :'registration_id'::uuid AND c.person_id = :'person'::uuid AND c.kind = 'life'
    RETURNING c.hash, c.person_id
), made AS (
    INSERT INTO capabilities (hash, id, kind, person_id, created_at)
    SELECT :'new_hash'::bytea, gen_random_uuid(), 'life', gone.person_id, :'now'::timestamptz
    FROM gone
    WHERE gone.hash = :'token_hash'::bytea
    RETURNING person_id
)
SELECT CASE WHEN made.person_id IS NULL THEN 'not-found' END AS _problem
FROM (SELECT) AS asked
LEFT JOIN made ON true;
