-- 0012_mails.sql: addresses that take no mails.

-- Nothing is written to them any more. Which address it is, only whoever knows both it and our key can tell.
CREATE TABLE suppressed_addresses (
    address bytea PRIMARY KEY,          -- its keyed hash, the same every day
    since   timestamptz NOT NULL,
    status  text NOT NULL               -- the codes of SMTP and RFC 3463, never words: they quote addresses
        CHECK (status ~ '^[245][0-9]{2}( [245](\.[0-9]{1,3}){2})?$|^[245](\.[0-9]{1,3}){2}$')
);

-- A mail that is to be written; see workers/sql/mail_get.sql. A function, for its plan stays: planning takes ten times as
-- long as all the rest.
CREATE FUNCTION mail_to_write(given jsonb, at timestamptz, recipient_id uuid)
RETURNS TABLE (template text, language text, contact bytea, _person uuid, _wrapping_id integer, _wrapping bytea,
               _wrapped bytea, capability_id uuid, text text, zone text, "when" text, until text, sealed text,
               sealed_row text, sealed_column text, author uuid, author_wrapped bytea, author_wrapping_id integer,
               author_wrapping bytea)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH job AS (
        SELECT given AS payload, given ->> 'template' AS template
    ), sign_in AS (
        SELECT c.id, c.person_id
        FROM job JOIN capabilities c ON c.id = (payload ->> 'capability_id')::uuid
        WHERE template = 'sign_in' AND c.kind = 'sign_in' AND c.used_at IS NULL AND c.expires_at > at
    ), recipient AS (
        SELECT p.id, p.language, p.contact, p.wrapped, w.id AS wrapping_id, w.wrapped AS wrapping, s.id AS capability_id
        FROM job
        LEFT JOIN sign_in s ON true
        JOIN persons p ON p.id = CASE template WHEN 'sign_in' THEN s.person_id ELSE recipient_id END
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
END
$$;

-- Links in mails are made of a person and this number; one more, and all that were mailed before are worth nothing.
ALTER TABLE persons ADD COLUMN links bigint NOT NULL DEFAULT 1;
