-- A mail that is to be written: to whom, sealed, in which language, and what its template tells. Without _person there
-- is nobody to write to, or nothing to say any more.
-- person: the recipient; payload: of the job; now: the clock
-- lane: read
WITH job AS (
    SELECT :'payload'::jsonb AS payload, :'payload'::jsonb ->> 'template' AS template
), sign_in AS (
    SELECT c.id, c.person_id
    FROM job JOIN capabilities c ON c.id = (payload ->> 'capability_id')::uuid
    WHERE template = 'sign_in' AND c.kind = 'sign_in' AND c.used_at IS NULL AND c.expires_at > :'now'::timestamptz
), recipient AS (
    SELECT p.id, p.language, p.contact, p.wrapped, w.id AS wrapping_id, w.wrapped AS wrapping, s.id AS capability_id
    FROM job
    LEFT JOIN sign_in s ON true
    JOIN persons p ON p.id = CASE template WHEN 'sign_in' THEN s.person_id ELSE :'person'::uuid END
    JOIN wrapping_keys w ON w.id = p.wrapping_key
    WHERE p.contact IS NOT NULL
), told AS (
    SELECT r.*, facts, facts -> 'sealed' AS sealed, facts ->> 'zone' AS zone
    FROM job, recipient r, mail_facts(template, r.id, payload) AS facts
    WHERE facts IS NOT NULL
)
SELECT job.template, t.language, t.contact, t.id AS _person, t.wrapping_id AS _wrapping_id, t.wrapping AS _wrapping,
       t.wrapped AS _wrapped, t.capability_id, t.facts ->> 'text' AS text, t.zone,
       to_char((t.facts ->> 'when')::timestamptz AT TIME ZONE t.zone, 'YYYYMMDDHH24MI') AS "when",
       to_char((t.facts ->> 'until')::timestamptz AT TIME ZONE t.zone, 'YYYYMMDDHH24MI') AS until,
       t.sealed ->> 'value' AS sealed, t.sealed ->> 'row' AS sealed_row, t.sealed ->> 'column' AS sealed_column,
       a.id AS author, a.wrapped AS author_wrapped, w.id AS author_wrapping_id, w.wrapped AS author_wrapping
FROM job
LEFT JOIN told t ON true
LEFT JOIN persons a ON a.id = (t.sealed ->> 'person')::uuid
LEFT JOIN wrapping_keys w ON w.id = a.wrapping_key;
