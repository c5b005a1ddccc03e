-- 0014_pages.sql: what people may do on the pages behind the links in their mails.

-- What a person wishes is no step of their registration: there is no record of it, and no mail about it.
CREATE OR REPLACE TRIGGER follow AFTER UPDATE OF action ON registrations FOR EACH ROW
    EXECUTE FUNCTION registration_follow();

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

-- Somebody writes to a group. wanted: NewMessage with what is personal sealed; and id, wrapping_id, wrapped, capability,
-- email_hash; and challenge and challenge_ends, if work was asked for
CREATE OR REPLACE FUNCTION message_create(of uuid, wanted jsonb, is_admin boolean, is_partner boolean, organisations uuid[],
                                          at timestamptz, OUT problem text, OUT pointer text, OUT detail text)
LANGUAGE plpgsql AS $$
DECLARE
    g groups;
BEGIN
    SELECT * INTO g FROM groups WHERE id = of AND deleted_at IS NULL;
    IF g.id IS NULL OR NOT group_is_visible(g.visibility, g.organisation_id, is_admin, is_partner, organisations) THEN
        problem := 'not-found';
    ELSIF NOT group_takes_messages(g) THEN
        problem := 'relay-off';
    ELSIF wanted ? 'challenge' AND NOT challenge_spend(wanted) THEN
        problem := 'invalid-body';
        pointer := '/proof';
        detail := 'must not have been used before';
    END IF;
    IF problem IS NULL THEN
        PERFORM persons_add(ARRAY[wanted], 'sender', of, at);
        INSERT INTO messages (id, thread_id, group_id, name, text, by_mail, created_at)
        VALUES ((wanted ->> 'id')::uuid, (wanted ->> 'id')::uuid, of, (wanted ->> 'name')::bytea, (wanted ->> 'text')::bytea,
                true, at);
        PERFORM job_add('mail', 'message:' || (wanted ->> 'id') || ':' || l.id, l.id,
                        jsonb_build_object('template', 'message', 'message_id', wanted ->> 'id'), at, at)
        FROM leaders l WHERE l.group_id = of AND l.state = 'active';
    END IF;
END
$$;

-- Whether people can write to a group.
CREATE FUNCTION group_takes_messages(g groups) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (settings_of(g.id)).relay AND coalesce(g.contact ->> 'via', 'relay') = 'relay' AND is_led(g.id);
END
$$;

-- An instant by the clocks of a zone, as digits.
CREATE FUNCTION local_digits(at timestamptz, zone text) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT to_char(at AT TIME ZONE zone, 'YYYYMMDDHH24MI')
$$;
