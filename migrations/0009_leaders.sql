-- 0009_leaders.sql: leaders and how they sign in, messages between people and groups, erasure, and what time brings.

-- Leaders ------------------------------------------------------------------------------------------

-- What stands against deciding for a group: whoever keeps it may, until it has leaders of its own.
CREATE FUNCTION group_verdict_of_leaders(g groups, leads uuid, is_admin boolean, is_partner boolean, organisations uuid[])
RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF g.id = leads THEN
        RETURN NULL;
    ELSIF leads IS NOT NULL THEN
        RETURN 'not-found';
    END IF;
    RETURN coalesce(write_verdict(g.organisation_id, g.visibility, is_admin, is_partner, organisations),
                    CASE WHEN is_led(g.id) THEN 'forbidden' END);
END
$$;

-- Invites somebody to lead a group. An address that leads it already, or was invited, is invited once more and no more.
-- wanted: NewLeader with what is personal sealed; and id, wrapping_id, wrapped, email_hash
CREATE FUNCTION leader_invite(of uuid, wanted jsonb, at timestamptz) RETURNS leaders
LANGUAGE plpgsql AS $$
DECLARE
    l leaders;
BEGIN
    PERFORM FROM groups WHERE id = of FOR NO KEY UPDATE;
    SELECT x.* INTO l
    FROM leaders x JOIN persons p ON p.id = x.id
    WHERE x.group_id = of AND x.state <> 'left' AND p.email_hash = (wanted ->> 'email_hash')::bytea;
    IF NOT FOUND THEN
        PERFORM persons_add(ARRAY[wanted], 'leader', of, at);
        INSERT INTO leaders (id, group_id, name, state, created_at, updated_at)
        VALUES ((wanted ->> 'id')::uuid, of, (wanted ->> 'name')::bytea, 'invited', at, at)
        RETURNING * INTO l;
    END IF;
    IF l.state = 'invited' AND mail_allowed((wanted ->> 'address')::bytea, at) THEN
        PERFORM job_add('mail', 'invitation:' || l.id, l.id, '{"template": "invitation"}', at, at);
    END IF;
    RETURN l;
END
$$;

-- A leader as other leaders see them; to an organisation they have no name. Volatile, to see who was just invited.
CREATE FUNCTION leader_row(l leaders, named boolean)
RETURNS TABLE (id uuid, name bytea, state text, created_at timestamptz, _person uuid, _wrapping_id integer,
               _wrapping bytea, _wrapped bytea, _revision bigint)
LANGUAGE sql VOLATILE AS $$
    SELECT l.id, CASE WHEN named THEN l.name END, l.state, l.created_at, p.id, p.wrapping_key, k.wrapped,
           p.wrapped, l.revision
    FROM persons p
    LEFT JOIN wrapping_keys k ON k.id = p.wrapping_key
    WHERE p.id = l.id
$$;

-- A leader goes, unless nobody would be left.
CREATE FUNCTION leader_leave(of uuid, if_match bigint[], at timestamptz, OUT problem text)
LANGUAGE plpgsql AS $$
DECLARE
    l leaders;
BEGIN
    SELECT * INTO l FROM leaders WHERE id = of;
    PERFORM FROM groups WHERE id = l.group_id FOR NO KEY UPDATE;
    SELECT * INTO l FROM leaders WHERE id = of AND state = 'active';
    IF NOT FOUND THEN
        problem := 'not-found';
    ELSIF NOT l.revision = ANY (coalesce(if_match, ARRAY[l.revision])) THEN
        problem := 'precondition-failed';
    ELSIF NOT EXISTS (SELECT FROM leaders x WHERE x.group_id = l.group_id AND x.state = 'active' AND x.id <> of) THEN
        problem := 'last-leader';
    ELSE
        UPDATE leaders SET state = 'left', name = NULL, revision = revision + 1, updated_at = at WHERE id = of;
        PERFORM person_erase(of, 'asked', at);
    END IF;
END
$$;

-- Somebody who says to lead a group wants to sign in. Whether it is so is found out here, and told by mail only: what is
-- written, and what is answered, is the same.
-- Not even an attacker who asks all the time keeps a leader out: only so many mails go out for each who asks.
CREATE FUNCTION sign_in_create(of uuid, email bytea, sign_in uuid, placeholder bytea, browser bytea, from_address bytea,
                               ends timestamptz, at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    leader uuid;
BEGIN
    SELECT p.id INTO leader
    FROM persons p JOIN leaders l ON l.id = p.id
    WHERE p.group_id = of AND p.email_hash = email AND l.state = 'active'
      AND (SELECT count(*) FROM capabilities c
           WHERE c.person_id = p.id AND c.kind = 'sign_in' AND c.asker = from_address
             AND c.created_at > at - interval '1 hour') < 5;
    INSERT INTO capabilities (hash, id, kind, person_id, browser, asker, created_at, expires_at)
    VALUES (placeholder, sign_in, 'sign_in', leader, browser, from_address, at, ends);
    PERFORM job_add('mail', 'sign_in:' || sign_in, leader,
                    jsonb_build_object('template', 'sign_in', 'capability_id', sign_in), at, at);
END
$$;

-- Redeems a mailed token, once: a sign-in only in the browser that asked for it. No row if it is not good.
CREATE FUNCTION session_create(token bytea, from_browser bytea, session bytea, session_id uuid, ends timestamptz,
                               at timestamptz)
RETURNS TABLE (group_id uuid, leader_id uuid, expires_at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
    leader uuid;
BEGIN
    PERFORM FROM persons p  -- first, as everywhere
    WHERE p.id = (SELECT c.person_id FROM capabilities c WHERE c.hash = token)
    FOR UPDATE;
    UPDATE capabilities c
    SET used_at = at
    WHERE c.hash = token AND c.used_at IS NULL AND c.expires_at > at
      AND (c.kind = 'invitation' OR (c.kind = 'sign_in' AND c.browser = from_browser))
      AND EXISTS (SELECT FROM leaders l WHERE l.id = c.person_id
                    AND l.state = ANY (CASE c.kind WHEN 'invitation' THEN '{invited,active}' ELSE '{active}' END::text[]))
    RETURNING c.person_id INTO leader;
    IF leader IS NULL THEN
        RETURN;
    END IF;
    UPDATE leaders l SET state = 'active', revision = l.revision + 1, updated_at = at WHERE l.id = leader AND l.state = 'invited';
    UPDATE persons p SET email_confirmed_at = coalesce(p.email_confirmed_at, at) WHERE p.id = leader;
    INSERT INTO capabilities (hash, id, kind, person_id, created_at, expires_at)
    VALUES (session, session_id, 'session', leader, at, ends);
    RETURN QUERY SELECT l.group_id, l.id, ends FROM leaders l WHERE l.id = leader;
END
$$;

-- Erasure --------------------------------------------------------------------------------------------

-- Destroys the key of a person, and with it all that is sealed; then everything that led to them. What is left counts.
CREATE FUNCTION person_erase(of uuid, why text, at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    p persons;
BEGIN
    PERFORM FROM registrations WHERE id = of FOR UPDATE;  -- first, as everywhere
    SELECT * INTO p FROM persons WHERE id = of AND erased_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    DELETE FROM jobs WHERE person_id = of;
    DELETE FROM jobs j USING messages m WHERE m.thread_id = of AND j.payload ->> 'message_id' = m.id::text;
    DELETE FROM idempotency_keys
    WHERE headers ->> 'location' IN ('/v1/registrations/' || of, '/v1/messages/' || of, '/v1/leaders/' || of);
    DELETE FROM capabilities WHERE person_id = of;
    DELETE FROM messages WHERE thread_id = of;
    DELETE FROM attendances WHERE registration_id = of;
    UPDATE screenings SET place = NULL, notes = NULL WHERE registration_id = of;
    UPDATE registrations
    SET pseudonym = NULL, message = NULL, reason = NULL, reminders = '{}', action = 'erase', actor = 'system', updated_at = at
    WHERE id = of;
    UPDATE leaders SET name = NULL WHERE id = of;
    UPDATE persons
    SET wrapped = NULL, wrapping_key = NULL, contact = NULL, email_hash = NULL, erased_at = at
    WHERE id = of;
    INSERT INTO erasures (at, group_id, cause, role, persons) VALUES (at, p.group_id, why, p.role, 1);
END
$$;

-- Answers are kept sealed: some of them show a secret, once. What was kept in the clear goes.
DELETE FROM idempotency_keys;
CREATE INDEX idempotency_keys_by_location ON idempotency_keys ((headers ->> 'location'));

-- A person wants to be forgotten: their place is free from then on.
CREATE FUNCTION registration_erase(of uuid, if_match bigint[], at timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    c record := registration_claim(of, of, NULL, false, NULL, at);
    a registration_answer := c.a;
    r registrations := a.r;
BEGIN
    IF NOT r.revision = ANY (coalesce(if_match, ARRAY[r.revision])) THEN
        RETURN 'precondition-failed';
    END IF;
    IF is_live(r.state) THEN
        PERFORM registration_act(of, 'cancel', NULL, 'person', of, NULL, false, NULL, at);
    END IF;
    PERFORM person_erase(of, 'asked', at);
    RETURN NULL;
END
$$;

-- When a series is over: with its last meeting, if it is planned as far as it goes. One that counts its sessions is planned
-- far beyond the last. NULL while it goes on.
CREATE FUNCTION series_over_at(of uuid) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT m.ends_at
            FROM schedules s
            JOIN LATERAL (SELECT x.date, x.ends_at FROM meetings x
                          WHERE x.schedule_id = s.id AND x.deleted_at IS NULL
                          ORDER BY x.date DESC LIMIT 1) AS m ON true
            WHERE s.id = of AND s.planned_until >= coalesce(s.until, m.date + 400));
END
$$;

-- From when on the days count after which a person is erased: the end of their meeting, of their registration, or of the
-- series in which they had a place; the last word of a thread; a leader's leaving, or an invitation that nobody took up.
CREATE FUNCTION person_done_at(p persons) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
    r registrations;
    l leaders;
BEGIN
    IF p.role = 'registrant' THEN
        SELECT * INTO r FROM registrations WHERE id = p.id;
        RETURN coalesce(r.ended_at, CASE WHEN r.meeting_id IS NULL THEN series_over_at(r.schedule_id)
                                         ELSE (SELECT m.ends_at FROM meetings m WHERE m.id = r.meeting_id) END, 'infinity');
    ELSIF p.role = 'sender' THEN
        RETURN (SELECT coalesce(max(x.created_at), p.created_at) FROM messages x WHERE x.thread_id = p.id);
    END IF;
    SELECT * INTO l FROM leaders WHERE id = p.id;
    RETURN CASE WHEN l.state = 'active' THEN 'infinity' ELSE l.updated_at END;
END
$$;

-- Erases those whose time is over: as many days later as the group has set; at once if nobody ever confirmed the address.
-- What came of it is counted in erasures. Returns how many.
CREATE FUNCTION persons_purge(at timestamptz, most integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    due uuid;
    n   integer := 0;
BEGIN
    FOR due IN
        SELECT p.id
        FROM persons p
        LEFT JOIN registrations r ON r.id = p.id AND r.state = 'expired' AND r.turn IS NULL
        LEFT JOIN group_settings g ON g.group_id = p.group_id
        WHERE p.erased_at IS NULL
          AND person_done_at(p) < at - CASE WHEN r.id IS NOT NULL THEN interval '0'
                                            ELSE make_interval(days => coalesce(g.retention_days, 30)) END
        ORDER BY p.id
        LIMIT most
    LOOP
        PERFORM person_erase(due, 'retention', at);
        UPDATE leaders SET state = 'left' WHERE id = due;
        n := n + 1;
    END LOOP;
    RETURN n;
END
$$;

-- After a group went: nobody leads it any more.
CREATE FUNCTION group_end_leaders() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM capabilities c USING leaders l WHERE l.group_id = NEW.id AND c.person_id = l.id;
    UPDATE leaders SET state = 'left', revision = revision + 1, updated_at = NEW.updated_at
    WHERE group_id = NEW.id AND state <> 'left';
    RETURN NULL;
END
$$;
CREATE TRIGGER end_leaders AFTER UPDATE ON groups FOR EACH ROW
    WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL) EXECUTE FUNCTION group_end_leaders();

-- Messages -------------------------------------------------------------------------------------------

-- A message from somebody to a group, or back. Its text is deleted once it is delivered.
CREATE TABLE messages (
    id           uuid PRIMARY KEY,
    thread_id    uuid NOT NULL REFERENCES persons (id),  -- who wrote first; the first message has the same id
    group_id     uuid NOT NULL REFERENCES groups (id),
    leader_id    uuid REFERENCES persons (id),           -- who answered
    name         bytea,
    text         bytea,
    by_mail      boolean NOT NULL,                       -- there is a delivery to wait for
    created_at   timestamptz NOT NULL,
    delivered_at timestamptz
);
CREATE INDEX messages_by_thread ON messages (thread_id, created_at);
CREATE INDEX messages_by_group ON messages (group_id, created_at DESC) WHERE leader_id IS NULL;
CREATE INDEX messages_with_text ON messages (created_at) WHERE text IS NOT NULL;

-- Whether people can write to a group.
CREATE FUNCTION group_takes_messages(g groups) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (settings_of(g.id)).relay AND coalesce(g.contact ->> 'via', 'relay') = 'relay' AND is_led(g.id);
END
$$;

-- Somebody writes to a group. wanted: NewMessage with what is personal sealed; and id, wrapping_id, wrapped, capability,
-- email_hash; and challenge and challenge_ends, if work was asked for
CREATE FUNCTION message_create(of uuid, wanted jsonb, is_admin boolean, is_partner boolean, organisations uuid[],
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

-- The thread of a message, if the caller takes part in it.
CREATE FUNCTION thread_for(of uuid, person uuid, leads uuid) RETURNS persons
LANGUAGE sql STABLE AS $$
    SELECT p.* FROM persons p WHERE p.id = of AND p.role = 'sender' AND p.erased_at IS NULL
                                AND (p.id = person OR p.group_id = leads)
$$;

-- An answer, by a leader or by whoever wrote first. Sealed under the key of the thread.
CREATE FUNCTION reply_create(thread persons, reply uuid, sealed bytea, leader uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO messages (id, thread_id, group_id, leader_id, text, by_mail, created_at)
    VALUES (reply, thread.id, thread.group_id, leader, sealed, leader IS NULL OR thread.email_hash IS NOT NULL, at);
    PERFORM job_add('mail', 'message:' || reply || ':' || t.id, t.id,
                    jsonb_build_object('template', 'message', 'message_id', reply), at, at)
    FROM (SELECT l.id FROM leaders l WHERE leader IS NULL AND l.group_id = thread.group_id AND l.state = 'active'
          UNION ALL
          SELECT thread.id WHERE leader IS NOT NULL AND thread.email_hash IS NOT NULL) AS t;
END
$$;

-- What time brings -----------------------------------------------------------------------------------------

-- Whoever lost their link gets a new one by mail, if the address is known here; each at most once an hour.
CREATE FUNCTION recoveries_answer(at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    asked recoveries;
    known uuid;
BEGIN
    FOR asked IN DELETE FROM recoveries WHERE id IN (SELECT id FROM recoveries ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED)
                 RETURNING * LOOP
        FOR known IN
            SELECT p.id
            FROM persons p
            WHERE p.group_id = asked.group_id AND p.email_hash = asked.email_hash AND p.role <> 'leader'
              AND (p.recovered_at IS NULL OR p.recovered_at < at - interval '1 hour')
            ORDER BY p.id DESC
            FOR UPDATE
        LOOP
            EXIT WHEN NOT mail_allowed(asked.address, at);
            UPDATE persons SET recovered_at = at WHERE id = known;
            PERFORM job_add('mail', 'recovery:' || known, known, '{"template": "recovery"}', at, at);
        END LOOP;
    END LOOP;
END
$$;

-- All that only time brings about: what lapses, what is delivered, what need not be kept. Harmless to repeat, and by
-- several at once. Only so many series are taken that nobody waits long for one of them.
CREATE FUNCTION sweep(at timestamptz) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    series uuid;
    s      schedules;
    n      integer := 0;
BEGIN
    FOR series IN
        SELECT x.id
        FROM schedules x
        WHERE x.id IN ((SELECT r.schedule_id FROM registrations r WHERE r.lapses_at <= at ORDER BY r.lapses_at LIMIT 200)
                       UNION ALL
                       (SELECT t.schedule_id FROM series_to_serve t WHERE t.due_at <= at ORDER BY t.due_at LIMIT 50))
        ORDER BY x.id
        FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        s := series_claim(series, at);
        DELETE FROM series_to_serve WHERE schedule_id = series AND due_at <= at;
        IF FOUND THEN
            PERFORM registrations_serve(s, daterange(NULL, NULL), at);
            PERFORM series_to_serve_later(series, at)
            WHERE EXISTS (SELECT FROM registrations r
                          WHERE r.schedule_id = series AND r.state = 'waiting' AND r.meeting_id IS NULL);
        END IF;
        n := n + 1;
    END LOOP;
    PERFORM recoveries_answer(at);
    UPDATE messages m
    SET text = NULL, delivered_at = at
    WHERE m.by_mail AND m.text IS NOT NULL AND m.created_at < at
      AND NOT EXISTS (SELECT FROM jobs j WHERE j.payload ->> 'message_id' = m.id::text);
    UPDATE messages m  -- what could not be delivered
    SET text = NULL
    WHERE m.text IS NOT NULL AND m.created_at < at - interval '30 days';
    DELETE FROM spent_challenges WHERE expires_at < at;
    DELETE FROM mail_allowances WHERE day < (at AT TIME ZONE 'UTC')::date - 1;
    DELETE FROM capabilities WHERE expires_at < at - interval '1 day';
    RETURN n;
END
$$;

-- A meeting as a reader sees it. Who keeps the group sees how to join and why it changed; who keeps the place, where it
-- is: nobody learns of a hidden place by meeting there.
CREATE OR REPLACE FUNCTION meeting_document(m meetings, is_admin boolean, organisations uuid[]) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    g groups;
    v venues;
    s schedules;
    keeps_group boolean;
    closure_note text;
BEGIN
    SELECT * INTO g FROM groups x WHERE x.id = m.group_id;
    keeps_group := keeps(g.organisation_id, is_admin, organisations);
    IF m.venue_id IS NOT NULL THEN
        SELECT * INTO v FROM venues x WHERE x.id = m.venue_id;
    END IF;
    IF m.closure_id IS NOT NULL THEN
        SELECT c.note INTO closure_note FROM closures c WHERE c.id = m.closure_id;
    END IF;
    IF m.shown ? 'capacity' AND m.shown ? 'registration' THEN
        SELECT * INTO s FROM schedules x WHERE x.id = m.schedule_id;
    END IF;
    RETURN json_strip_nulls(json_build_object(
        'id', m.id,
        'schedule_id', m.schedule_id,
        'date', m.date,
        'group', json_build_object('id', g.id, 'slug', g.slug, 'name', g.name, 'summary', g.summary),
        'kind', m.shown -> 'kind',
        'title', m.shown -> 'title',
        'note', m.shown -> 'note',
        'status', m.status,
        'cause', CASE WHEN m.status = 'scheduled' THEN NULL WHEN m.closure_id IS NOT NULL THEN 'closure' ELSE 'group' END,
        'closure_note', closure_note,
        'starts_at', instant(m.starts_at),
        'ends_at', instant(m.ends_at),
        'starts_at_local', local_text(m.starts_at_local),
        'time_zone', m.shown -> 'time_zone',
        'duration', duration_text(m.ends_at - m.starts_at),
        'planned_at_local', m.shown -> 'planned_at_local',
        'format', m.format,
        'venue_id', m.venue_id,
        'place', CASE WHEN v.id IS NOT NULL THEN venue_place(v, keeps(v.organisation_id, is_admin, organisations)) END,
        'online', CASE WHEN m.format <> 'in_person' THEN online_json(m.shown -> 'online', keeps_group) END,
        'capacity', m.shown -> 'capacity',
        'seats', CASE WHEN s.id IS NOT NULL THEN seats_left(s, m.date) END,
        'reason', CASE WHEN keeps_group THEN m.shown -> 'reason' END,
        'revision', m.revision,
        'created_at', instant(m.created_at),
        'updated_at', instant(m.updated_at)));
END
$$;
