-- Whoever wrote takes everything back.
-- lane: write
-- personal: yes
WITH thread AS (
    SELECT p.id, (SELECT count(*) FROM messages x WHERE x.thread_id = p.id) = ANY (coalesce(:'if_match'::bigint[], '{}'))
                 OR :'if_match'::bigint[] IS NULL AS is_meant
    FROM persons p
    WHERE p.id = :'message_id'::uuid AND p.id = :'person'::uuid AND p.role = 'sender'
), gone AS MATERIALIZED (
    SELECT person_erase(id, 'asked', :'now'::timestamptz) FROM thread WHERE is_meant
)
SELECT CASE WHEN NOT is_meant THEN 'precondition-failed' END AS _problem
FROM thread
LEFT JOIN gone ON true;
