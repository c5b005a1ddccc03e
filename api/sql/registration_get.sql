-- One registration, as far as the caller may see it. That others than the person read it is noted.
-- lane: write
WITH asked AS (
    SELECT r, registration_right(r, :'person'::uuid, :'leads'::uuid, :'manages'::boolean, :'organisations'::uuid[]) AS seen_as
    FROM registrations r
    WHERE r.id = :'registration_id'::uuid
), noted AS MATERIALIZED (
    SELECT read_record(:'writer'::jsonb, 'registration', (r).id, '{pseudonym,message}', :'now'::timestamptz)
    FROM asked
    WHERE seen_as IN ('leader', 'manager')
)
SELECT w.*
FROM asked
LEFT JOIN noted ON true
CROSS JOIN LATERAL registration_row(asked.r, asked.seen_as, NULL, :'now'::timestamptz) AS w
WHERE asked.seen_as IS NOT NULL;
