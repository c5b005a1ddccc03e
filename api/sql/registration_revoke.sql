-- Takes all capabilities of a registration away, and makes the links in its mails worthless.
-- lane: write
-- personal: yes
WITH person AS (  -- before its capabilities, as whoever erases somebody
    UPDATE persons SET links = links + 1 WHERE id = :'registration_id'::uuid AND id = :'person'::uuid RETURNING id
), gone AS (
    DELETE FROM capabilities c
    USING person
    WHERE c.person_id = person.id AND c.kind IN ('life', 'confirmation', 'feed')
    RETURNING c.person_id
)
SELECT CASE WHEN NOT EXISTS (SELECT FROM gone) THEN 'not-found' END AS _problem;
