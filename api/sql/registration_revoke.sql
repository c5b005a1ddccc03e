-- Takes all capabilities of a registration away.
-- lane: write
WITH gone AS (
    DELETE FROM capabilities c
    WHERE c.person_id = :'registration_id'::uuid AND c.person_id = :'person'::uuid AND c.kind IN ('life', 'confirmation', 'feed')
    RETURNING c.person_id
)
SELECT CASE WHEN NOT EXISTS (SELECT FROM gone) THEN 'not-found' END AS _problem;
