-- 0023_locks.sql: whoever waits for the lock of a series holds none that another should have had before.

-- The series that a registration has to do with: its own, those in which a split left places of it, and where it is to go.
CREATE FUNCTION registration_series(of uuid, to_meeting uuid, to_series uuid) RETURNS uuid[]
LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(DISTINCT series), '{}') FROM (
        SELECT schedule_id FROM registrations WHERE id = of
        UNION ALL
        SELECT schedule_id FROM places WHERE registration_id = of
        UNION ALL
        SELECT schedule_id FROM meetings WHERE id = to_meeting
        UNION ALL
        SELECT to_series) AS x (series)
    WHERE series IS NOT NULL
$$;

-- Takes the locks of all of them, in the order of their ids. While we wait a registration may be moved, and a series be
-- split: then there are others, and some of them may come first. So we let go of all, and begin anew.
CREATE FUNCTION registration_lock(of uuid, to_meeting uuid, to_series uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    series uuid[];
BEGIN
    LOOP
        series := registration_series(of, to_meeting, to_series);
        BEGIN
            PERFORM FROM schedules WHERE id = ANY (series) ORDER BY id FOR NO KEY UPDATE;
            EXIT WHEN series @> registration_series(of, to_meeting, to_series);
            RAISE serialization_failure;
        EXCEPTION WHEN serialization_failure THEN
            NULL;  -- what this block has locked is free again
        END;
    END LOOP;
END
$$;

-- Finds a registration for a caller, and takes the locks of all that it has to do with.
DROP FUNCTION registration_claim(uuid, uuid, uuid, boolean, uuid[], timestamptz);
CREATE FUNCTION registration_claim(of uuid, person uuid, leads uuid, manages boolean, organisations uuid[], at timestamptz,
                                   to_meeting uuid DEFAULT NULL, to_series uuid DEFAULT NULL,
                                   OUT a registration_answer, OUT s schedules)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    r registrations;
BEGIN
    SELECT * INTO r FROM registrations x WHERE x.id = of;
    a.seen_as := registration_right(r, person, leads, manages, organisations);
    IF a.seen_as IS NULL THEN
        a.problem := 'not-found';
        RETURN;
    END IF;
    PERFORM registration_lock(of, to_meeting, to_series);
    s := series_claim((SELECT x.schedule_id FROM registrations x WHERE x.id = of), at);
    SELECT * INTO r FROM registrations x WHERE x.id = of FOR UPDATE;
    a.r := r;
END
$$;

-- Confirms an address by the token that was mailed there. A second time it does nothing.
CREATE OR REPLACE FUNCTION registration_confirm(of uuid, token bytea, at timestamptz) RETURNS registration_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    a    registration_answer;
    used timestamptz;
    ends timestamptz;
    r    registrations;
BEGIN
    SELECT c.used_at, c.expires_at INTO used, ends
    FROM capabilities c
    WHERE c.hash = token AND c.kind = 'confirmation' AND c.person_id = of;
    SELECT * INTO r FROM registrations x WHERE x.id = of;
    IF ends IS NULL OR r.id IS NULL OR (used IS NULL AND ends <= at) THEN
        a.problem := 'not-found';
    ELSIF used IS NOT NULL THEN
        a.r := r;
    ELSE
        PERFORM registration_lock(of, NULL, NULL);
        PERFORM FROM registrations WHERE id = of FOR UPDATE;
        UPDATE persons SET email_confirmed_at = coalesce(email_confirmed_at, at) WHERE id = of;
        a := registration_act(of, 'confirm', NULL, 'person', of, NULL, false, NULL, at);
        IF a.problem IS NULL THEN
            UPDATE capabilities SET used_at = at WHERE hash = token;
        END IF;
    END IF;
    RETURN a;
END
$$;

-- Puts a registration into another meeting or series of the same group; there it comes last.
CREATE OR REPLACE FUNCTION registration_move(of uuid, to_meeting uuid, to_series uuid, who text, leads uuid,
                                             manages boolean, organisations uuid[], at timestamptz)
RETURNS registration_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    c    record := registration_claim(of, NULL, leads, manages, organisations, at, to_meeting, to_series);
    a    registration_answer := c.a;
    old  registrations := a.r;
    r    registrations;
    s    schedules;
    m    meetings;
    step record;
BEGIN
    IF a.problem IS NOT NULL THEN
        RETURN a;
    END IF;
    SELECT * INTO m FROM meetings WHERE id = to_meeting AND deleted_at IS NULL;
    s := series_claim(coalesce(m.schedule_id, to_series), at);
    IF s.group_id IS DISTINCT FROM old.group_id OR s.deleted_at IS NOT NULL THEN
        a.problem := 'invalid-body';
        a.pointer := CASE WHEN to_meeting IS NULL THEN '/schedule_id' ELSE '/meeting_id' END;
        a.detail := 'must be of the same group';
        RETURN a;
    END IF;
    step := transition_of(old, 'move');
    a.problem := step.problem;
    a.detail := step.detail;
    IF a.problem IS NULL AND registration_end(s, m.id, at) IS NULL THEN
        a.problem := 'registration-closed';
    END IF;
    IF a.problem IS NOT NULL OR (old.schedule_id, old.meeting_id) IS NOT DISTINCT FROM (s.id, m.id) THEN
        RETURN a;
    END IF;
    r := old;
    r.schedule_id := s.id;
    r.meeting_id := m.id;
    r.during := registration_dates(s, m, at);
    PERFORM places_release(old, at);
    r.state := CASE WHEN old.state = 'screening' THEN 'screening' ELSE registration_fate(s, r, at) END;
    IF r.state IS NULL THEN
        PERFORM refuse('registration_full');
    END IF;
    IF r.state = 'confirmed' THEN
        PERFORM places_hold(s, at, r);
    END IF;
    UPDATE registrations x
    SET schedule_id = r.schedule_id, meeting_id = r.meeting_id, during = r.during, state = r.state, lapses_at = NULL,
        turn = nextval('registration_turns'), action = 'move', actor = who, updated_at = at
    WHERE x.id = of
    RETURNING x INTO a.r;
    SELECT * INTO s FROM schedules WHERE id = old.schedule_id;
    PERFORM registrations_serve(s, old.during, at);
    RETURN a;
END
$$;

-- After a group changed: its series are found by its topics and place, and go with it.
CREATE OR REPLACE FUNCTION group_lead_schedules() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM schedules WHERE group_id = NEW.id AND deleted_at IS NULL ORDER BY id FOR NO KEY UPDATE;
    UPDATE schedules
    SET topic_keys = NEW.topic_keys, deleted_at = NEW.deleted_at, updated_at = NEW.updated_at, writer = NEW.writer
    WHERE group_id = NEW.id AND deleted_at IS NULL;
    IF NEW.organisation_id <> OLD.organisation_id THEN  -- whose closures hold
        PERFORM meetings_refresh(ARRAY(SELECT id FROM schedules WHERE group_id = NEW.id), '-infinity', 'infinity',
                                 NEW.updated_at);
    END IF;
    RETURN NULL;
END
$$;

-- After a venue changed: the series there are found where it is now, and their meetings show it.
CREATE OR REPLACE FUNCTION venue_lead_schedules() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    met_here uuid[] := ARRAY(SELECT id FROM schedules WHERE venue_id = NEW.id AND deleted_at IS NULL
                             UNION
                             SELECT schedule_id FROM exceptions WHERE venue_id = NEW.id);
BEGIN
    PERFORM FROM schedules WHERE id = ANY (met_here) ORDER BY id FOR UPDATE;
    UPDATE schedules SET updated_at = NEW.updated_at, writer = NEW.writer WHERE venue_id = NEW.id AND deleted_at IS NULL;
    PERFORM meetings_refresh(met_here, '-infinity', 'infinity', NEW.updated_at);
    RETURN NULL;
END
$$;
