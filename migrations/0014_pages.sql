-- 0014_pages.sql: what people may do on the pages behind the links in their mails.

-- How a person wants to be written to. What is NULL stays as it is. reminding: as the group has it ('group'), before each
-- meeting by the person's own lead times ('own'), or not at all ('none').
CREATE FUNCTION person_wish(of uuid, in_language text, which_mails text, reminding text, lead_times text[], at timestamptz)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM registrations WHERE id = of FOR UPDATE;  -- first, as everywhere
    UPDATE persons SET language = coalesce(in_language, language), mails = coalesce(which_mails, mails) WHERE id = of;
    UPDATE registrations
    SET reminders = CASE reminding WHEN 'own' THEN lead_times WHEN 'none' THEN '{}' END, updated_at = at
    WHERE id = of AND reminding IS NOT NULL;
END
$$;

-- All that leads to what is a person's is worth nothing from now on; new links go to their address.
CREATE FUNCTION links_renew(of uuid, at timestamptz) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    UPDATE persons SET links = links + 1 WHERE id = of AND erased_at IS NULL RETURNING links INTO n;
    DELETE FROM capabilities WHERE person_id = of AND kind IN ('life', 'confirmation', 'feed');
    PERFORM job_add('mail', 'recovery:' || of, of, '{"template": "recovery"}', at, at);
    RETURN n;
END
$$;

-- An instant by the clocks of a zone, as digits.
CREATE FUNCTION local_digits(at timestamptz, zone text) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT to_char(at AT TIME ZONE zone, 'YYYYMMDDHH24MI')
$$;
