-- 0008_registrations.sql: who comes: registrations and their places, the waiting list, screening, and what groups decide.

CREATE EXTENSION IF NOT EXISTS btree_gist;

-- What groups decide -----------------------------------------------------------------------------

CREATE TABLE group_settings (
    group_id                 uuid PRIMARY KEY REFERENCES groups (id),
    retention_days           integer NOT NULL DEFAULT 30,
    attendance               boolean NOT NULL DEFAULT false,
    relay                    boolean NOT NULL DEFAULT true,
    shared_with_organisation boolean NOT NULL DEFAULT false,
    reminders                text[] NOT NULL DEFAULT '{P2D,PT3H}',  -- of whoever has chosen none of their own
    revision                 bigint NOT NULL DEFAULT 1,
    updated_at               timestamptz NOT NULL DEFAULT runde_now()
);

-- What a group has decided; the defaults if it has decided nothing.
CREATE FUNCTION settings_of(of uuid) RETURNS group_settings
LANGUAGE plpgsql STABLE AS $$
DECLARE
    settings group_settings;
BEGIN
    SELECT * INTO settings FROM group_settings WHERE group_id = of;
    IF NOT FOUND THEN
        settings := (of, 30, false, true, false, '{P2D,PT3H}', 1, '-infinity');
    END IF;
    RETURN settings;
END
$$;

-- Leaders are of equal right. What they are called is sealed.
CREATE TABLE leaders (
    id          uuid PRIMARY KEY REFERENCES persons (id),
    group_id    uuid NOT NULL REFERENCES groups (id),
    name        bytea,
    state       text NOT NULL CHECK (state IN ('invited', 'active', 'left')),
    revision    bigint NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE INDEX leaders_by_group ON leaders (group_id);

CREATE FUNCTION is_led(of uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM leaders l WHERE l.group_id = of AND l.state = 'active');
END
$$;

-- What people agree to. A registration names the version that it was shown.
CREATE TABLE consent_texts (
    version       text NOT NULL,
    language      text NOT NULL,
    text          text NOT NULL,
    current_since timestamptz NOT NULL,
    PRIMARY KEY (version, language)
);
INSERT INTO consent_texts (version, language, text, current_since) VALUES
    ('2026-11', 'de', 'Ich bin einverstanden, dass diese Angaben verschlüsselt gespeichert werden, damit die Gruppe über meine '
     'Teilnahme entscheiden und mich darüber benachrichtigen kann. Sie können etwas über meine Gesundheit verraten. Ich kann sie '
     'jederzeit einsehen und löschen; sonst werden sie nach der Frist gelöscht, die die Gruppe festgelegt hat.', '2026-11-01'),
    ('2026-11', 'en', 'I agree that these details are stored, encrypted, so that the group can decide about my taking part and tell '
     'me. They may reveal something about my health. I can see and erase them at any time; otherwise they are erased after the time '
     'that the group has set.', '2026-11-01');

-- Registrations ----------------------------------------------------------------------------------

CREATE SEQUENCE registration_turns;

CREATE TABLE registrations (
    id          uuid PRIMARY KEY REFERENCES persons (id),
    group_id    uuid NOT NULL,
    schedule_id uuid NOT NULL,
    meeting_id  uuid,                -- NULL: a regular place
    during      daterange NOT NULL,  -- the dates of the series that it is for
    role        text NOT NULL,
    newcomer    boolean NOT NULL,
    companions  integer NOT NULL,
    counted     boolean NOT NULL DEFAULT true,  -- false: a leader or helper, who takes nobody's place
    reminders   text[],      -- how long before; NULL: as the group has it
    state       text NOT NULL,
    turn        bigint,       -- the order of acceptance: it is drawn under the lock of the series
    lapses_at   timestamptz,  -- unconfirmed: the whole; offered: the offer; screening: the hold on its place
    ended_at    timestamptz,
    pseudonym   bytea,        -- sealed, as the next two
    message     bytea,
    reason      bytea,        -- why it was rejected
    client_id   uuid REFERENCES clients (id),  -- who vouched for the person
    action      text NOT NULL,  -- what brought it into its state
    actor       text NOT NULL,  -- person, system, or whose id begins with leader: or client:
    revision    bigint NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    CONSTRAINT registration_lapses CHECK (state NOT IN ('unconfirmed', 'offered') OR lapses_at IS NOT NULL),
    CONSTRAINT registration_state CHECK (state IN ('unconfirmed', 'screening', 'waiting', 'offered', 'confirmed',
                                                   'cancelled', 'declined', 'expired', 'rejected'))
);
CREATE INDEX registrations_by_schedule ON registrations (schedule_id, turn);
CREATE INDEX registrations_by_meeting ON registrations (meeting_id) WHERE meeting_id IS NOT NULL;
CREATE INDEX registrations_waiting ON registrations (schedule_id, meeting_id, turn) WHERE state = 'waiting';
CREATE INDEX registrations_lapsing ON registrations (schedule_id, lapses_at) WHERE lapses_at IS NOT NULL;

-- Every step that a registration may take; nothing else is possible. `placed`: where it leads depends on the places.
CREATE TABLE registration_transitions (
    action  text NOT NULL,
    state   text NOT NULL,
    next    text NOT NULL,
    PRIMARY KEY (action, state)
);
INSERT INTO registration_transitions (action, state, next) VALUES
    ('confirm', 'unconfirmed', 'placed'),
    ('accept',  'offered',     'confirmed'),
    ('decline', 'offered',     'declined'),
    ('cancel',  'unconfirmed', 'cancelled'),
    ('cancel',  'screening',   'cancelled'),
    ('cancel',  'waiting',     'cancelled'),
    ('cancel',  'offered',     'cancelled'),
    ('cancel',  'confirmed',   'cancelled'),
    ('screen',  'screening',   'screening'),
    ('admit',   'screening',   'placed'),
    ('admit',   'waiting',     'placed'),
    ('admit',   'offered',     'confirmed'),
    ('reject',  'unconfirmed', 'rejected'),
    ('reject',  'screening',   'rejected'),
    ('reject',  'waiting',     'rejected'),
    ('reject',  'offered',     'rejected'),
    ('reject',  'confirmed',   'rejected'),
    ('move',    'screening',   'screening'),
    ('move',    'waiting',     'placed'),
    ('move',    'offered',     'placed'),
    ('move',    'confirmed',   'placed'),
    ('count',   'waiting',     'confirmed'),
    ('count',   'offered',     'confirmed'),
    ('offer',   'waiting',     'offered'),
    ('lapse',   'unconfirmed', 'expired'),
    ('lapse',   'offered',     'expired'),
    ('lapse',   'screening',   'screening'),
    ('end',     'unconfirmed', 'cancelled'),
    ('end',     'screening',   'cancelled'),
    ('end',     'waiting',     'cancelled'),
    ('end',     'offered',     'cancelled'),
    ('end',     'confirmed',   'cancelled');

-- One place that is held, on one date or on all from one on. The seat is a number up to the capacity, given for the sake
-- of the constraint: no seat is held twice on any date. A group without a limit needs no numbers.
CREATE TABLE places (
    registration_id uuid NOT NULL REFERENCES registrations (id),
    schedule_id     uuid NOT NULL,
    during          daterange NOT NULL,
    newcomer        boolean NOT NULL,
    seat            integer,
    CONSTRAINT place_held_once EXCLUDE USING gist (schedule_id WITH =, during WITH &&, seat WITH =)
        DEFERRABLE INITIALLY IMMEDIATE
);
CREATE INDEX places_by_registration ON places (registration_id);

-- Series in which somebody may be served who could not be before: a regular place may be free when another date is over.
CREATE TABLE series_to_serve (
    schedule_id uuid PRIMARY KEY,
    due_at      timestamptz NOT NULL
);
CREATE INDEX series_to_serve_in_time ON series_to_serve (due_at);

CREATE FUNCTION series_to_serve_later(of uuid, at timestamptz) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO series_to_serve (schedule_id, due_at) VALUES (of, at + interval '1 hour')
    ON CONFLICT (schedule_id) DO NOTHING
$$;

-- What became of a registration, step by step.
CREATE TABLE registration_events (
    sequence        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    registration_id uuid NOT NULL,
    at              timestamptz NOT NULL,
    action          text NOT NULL,
    was             text,
    state           text NOT NULL,
    actor           text NOT NULL
);
CREATE INDEX registration_events_by_registration ON registration_events (registration_id);

-- The conversation before somebody is admitted; its place and the notes on it are sealed.
CREATE TABLE screenings (
    registration_id uuid PRIMARY KEY REFERENCES registrations (id),
    starts_at       timestamptz,
    place           bytea,
    notes           bytea,
    updated_at      timestamptz NOT NULL
);

CREATE TABLE attendances (
    registration_id uuid NOT NULL REFERENCES registrations (id),
    meeting_id      uuid NOT NULL REFERENCES meetings (id),
    attended        boolean NOT NULL,
    PRIMARY KEY (registration_id, meeting_id)
);

-- Proofs of work are good once.
CREATE TABLE spent_challenges (
    hash       bytea PRIMARY KEY,
    expires_at timestamptz NOT NULL
);

-- How many mails an address was sent today without having asked for them itself, by its keyed hash.
CREATE TABLE mail_allowances (
    address bytea NOT NULL,
    day     date NOT NULL,
    sent    integer NOT NULL,
    PRIMARY KEY (address, day)
);

-- Somebody has lost their link. Who it was is found out later, so that the answer tells nothing, not even by its time.
CREATE TABLE recoveries (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    group_id    uuid NOT NULL,
    email_hash  bytea NOT NULL,
    address     bytea NOT NULL,  -- as in mail_allowances
    created_at  timestamptz NOT NULL
);

-- That personal data were erased: when, of how many people, and why. Never of whom.
CREATE TABLE erasures (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL,
    group_id    uuid NOT NULL,
    cause       text NOT NULL CHECK (cause IN ('asked', 'retention')),
    role        text NOT NULL,
    persons     integer NOT NULL
);

-- Places -----------------------------------------------------------------------------------------

CREATE FUNCTION is_regular(during daterange) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT upper_inf(during)
$$;

CREATE FUNCTION today(s schedules, at timestamptz) RETURNS date
LANGUAGE sql STABLE AS $$
    SELECT (at AT TIME ZONE s.time_zone)::date
$$;

-- What is left of the dates that a registration is for: a regular place is one from today on, however long it was waited
-- for.
CREATE FUNCTION dates_ahead(s schedules, during daterange, at timestamptz) RETURNS daterange
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN upper_inf(during) THEN daterange(greatest(lower(during), today(s, at)), NULL) ELSE during END
$$;

-- How many places are held at most on any of some dates, and by people who are no newcomers.
CREATE FUNCTION places_held(of uuid, on_dates daterange, OUT held integer, OUT by_known integer)
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT is_regular(on_dates) THEN
        SELECT count(*), count(*) FILTER (WHERE NOT p.newcomer)
        INTO held, by_known
        FROM places p
        WHERE p.schedule_id = of AND p.during @> lower(on_dates);
    ELSE  -- it changes only where somebody's begins
        SELECT coalesce(max(d.held), 0), coalesce(max(d.by_known), 0)
        INTO held, by_known
        FROM (SELECT count(*) AS held, count(*) FILTER (WHERE NOT p.newcomer) AS by_known
              FROM (SELECT lower(on_dates) AS date
                    UNION
                    SELECT lower(b.during) FROM places b WHERE b.schedule_id = of AND b.during && on_dates
                                                           AND lower(b.during) > lower(on_dates)) AS begins
              JOIN places p ON p.schedule_id = of AND p.during @> begins.date
              GROUP BY begins.date) AS d;
    END IF;
END
$$;

-- How many more people can come where so many places are held. Those who are no newcomers leave the newcomers' places
-- free.
CREATE FUNCTION places_left(s schedules, held integer, by_known integer, newcomer boolean) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN s.capacity IS NULL THEN 1000000
                ELSE greatest(0, least(s.capacity - held, CASE WHEN newcomer THEN s.capacity
                                       ELSE s.capacity - coalesce(s.newcomer_places, 0) - by_known END)) END
$$;

-- How many more people can come on each of some dates.
CREATE FUNCTION places_free(s schedules, on_dates daterange, newcomer boolean) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    p record;
BEGIN
    IF s.capacity IS NULL THEN
        RETURN places_left(s, 0, 0, newcomer);
    END IF;
    p := places_held(s.id, on_dates);
    RETURN places_left(s, p.held, p.by_known, newcomer);
END
$$;

-- Seats that are free on all of some dates. Regular places are taken from below, single ones from above: so a seat that
-- is free for ever is found as long as there is one.
CREATE FUNCTION seats_free(s schedules, on_dates daterange, most integer) RETURNS integer[]
LANGUAGE plpgsql AS $$
BEGIN
    RETURN ARRAY(
        SELECT n
        FROM generate_series(1, s.capacity) AS n
        WHERE NOT EXISTS (SELECT FROM places p WHERE p.schedule_id = s.id AND p.during && on_dates AND p.seat = n)
        ORDER BY CASE WHEN is_regular(on_dates) THEN n ELSE -n END
        LIMIT most);
END
$$;

-- Numbers the seats of a series anew, without gaps: of use when its capacity has changed, or what is free is scattered.
-- What is over needs none.
CREATE FUNCTION seats_number(s schedules, today date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE places p
    SET seat = CASE WHEN s.capacity IS NOT NULL AND upper(p.during) IS DISTINCT FROM least(upper(p.during), today)
                    THEN n.seat END
    FROM (SELECT ctid AS at,
                 CASE WHEN upper(during) - lower(during) = 1
                      THEN s.capacity + 1 - row_number() OVER (PARTITION BY during ORDER BY seat DESC)
                      ELSE row_number() OVER (PARTITION BY upper(during) - lower(during) IS NOT DISTINCT FROM 1
                                              ORDER BY lower(during), seat) END AS seat
          FROM places
          WHERE schedule_id = s.id) AS n
    WHERE p.ctid = n.at;
END
$$;

-- Holds the places that registrations for the same dates need. Whoever calls has the lock of the series and knows that
-- there are enough; if they were mistaken, nothing comes of it. Who does not count holds none.
CREATE FUNCTION places_hold(s schedules, at timestamptz, VARIADIC for_all registrations[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    dates  CONSTANT daterange := for_all[1].during;
    wanted CONSTANT integer := coalesce((SELECT sum(1 + r.companions) FROM unnest(for_all) AS r WHERE r.counted), 0);
    seats  integer[];
BEGIN
    IF s.capacity IS NOT NULL AND wanted > 0 THEN
        seats := seats_free(s, dates, wanted);
        IF cardinality(seats) < wanted THEN
            PERFORM seats_number(s, today(s, at));
            seats := seats_free(s, dates, wanted);
        END IF;
        IF cardinality(seats) < wanted THEN
            PERFORM refuse('place_capacity');
        END IF;
    END IF;
    INSERT INTO places (registration_id, schedule_id, during, newcomer, seat)
    SELECT r.id, s.id, dates, r.newcomer, seats[row_number() OVER ()]
    FROM unnest(for_all) AS r, generate_series(0, r.companions)
    WHERE r.counted;
END
$$;

-- Gives back what a registration holds. What a split left of it in another series is passed on there.
CREATE FUNCTION places_release(r registrations, at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    released places;
BEGIN
    FOR released IN DELETE FROM places WHERE registration_id = r.id RETURNING * LOOP
        IF released.schedule_id <> r.schedule_id THEN
            PERFORM registrations_serve(s, released.during, at) FROM series_claim(released.schedule_id, at) AS s;
        END IF;
    END LOOP;
END
$$;

-- After places were taken: never more than there are, whoever took them and how.
CREATE FUNCTION places_check() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    taken record;
    most  integer;
BEGIN
    FOR taken IN SELECT DISTINCT schedule_id, during FROM written ORDER BY schedule_id LOOP
        SELECT capacity INTO most FROM schedules WHERE id = taken.schedule_id FOR NO KEY UPDATE;
        IF (places_held(taken.schedule_id, taken.during)).held > most THEN
            PERFORM refuse('place_capacity');
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER check_capacity AFTER INSERT ON places REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION places_check();

-- The life of a registration ---------------------------------------------------------------------

CREATE FUNCTION is_live(state text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT state IN ('unconfirmed', 'screening', 'waiting', 'offered', 'confirmed')
$$;

-- Before a registration is written: what follows from its state.
CREATE FUNCTION registration_derive() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.turn IS NULL AND NEW.state IN ('screening', 'waiting', 'confirmed') THEN
        NEW.turn := nextval('registration_turns');
    END IF;
    IF NEW.state NOT IN ('unconfirmed', 'screening', 'offered') THEN
        NEW.lapses_at := NULL;
    END IF;
    NEW.ended_at := CASE WHEN NOT is_live(NEW.state) THEN coalesce(NEW.ended_at, NEW.updated_at) END;
    IF TG_OP = 'UPDATE' THEN
        NEW.revision := OLD.revision + 1;
    END IF;
    RETURN NEW;
END
$$;

-- The mail that a step to a state is worth, if any.
CREATE FUNCTION registration_mail(state text, action text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN action = 'end'    THEN 'meeting_cancelled'
                WHEN action = 'screen' THEN 'screening'
                ELSE '{"confirmed": "registered", "waiting": "waiting", "offered": "offered",
                       "rejected": "rejected"}'::jsonb ->> state END
$$;

-- After a step: the record of it, the mail about it, and who holds no place any more gives it back.
CREATE FUNCTION registration_follow() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.action = 'erase' THEN
        RETURN NULL;
    END IF;
    IF NOT NEW.counted OR (NEW.state NOT IN ('offered', 'confirmed') AND NEW.lapses_at IS NULL) THEN
        PERFORM places_release(NEW, NEW.updated_at);
    END IF;
    IF NEW.state = 'waiting' AND NEW.meeting_id IS NULL THEN
        PERFORM series_to_serve_later(NEW.schedule_id, NEW.updated_at);
    END IF;
    INSERT INTO registration_events (registration_id, at, action, was, state, actor)
    VALUES (NEW.id, NEW.updated_at, NEW.action, OLD.state, NEW.state, NEW.actor);
    IF (OLD.state <> NEW.state OR NEW.action IN ('screen', 'move'))
       AND registration_mail(NEW.state, NEW.action) IS NOT NULL
       AND (SELECT p.email_hash IS NOT NULL AND p.email_confirmed_at IS NOT NULL FROM persons p WHERE p.id = NEW.id) THEN
        PERFORM job_add('mail', concat_ws(':', registration_mail(NEW.state, NEW.action), NEW.id, NEW.revision), NEW.id,
                        jsonb_build_object('template', registration_mail(NEW.state, NEW.action)),
                        NEW.updated_at, NEW.updated_at);
    END IF;
    RETURN NULL;
END
$$;

-- After people have registered: the record of it. There is nobody yet whose address is confirmed.
CREATE FUNCTION registrations_begin() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO registration_events (registration_id, at, action, state, actor)
    SELECT id, updated_at, action, state, actor FROM written;
    PERFORM series_to_serve_later(schedule_id, max(updated_at))
    FROM written
    WHERE state = 'waiting' AND meeting_id IS NULL
    GROUP BY schedule_id;
    RETURN NULL;
END
$$;

CREATE TRIGGER derive BEFORE INSERT OR UPDATE ON registrations FOR EACH ROW EXECUTE FUNCTION registration_derive();
-- What a person wishes is no step: there is no record of it, and no mail about it.
CREATE TRIGGER follow AFTER UPDATE OF action ON registrations FOR EACH ROW EXECUTE FUNCTION registration_follow();
CREATE TRIGGER begin_all AFTER INSERT ON registrations REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION registrations_begin();

-- A lead time of the group's rules. STABLE, as the text of an interval is: so it is inlined.
CREATE FUNCTION lead_time(rules jsonb, name text, otherwise interval) RETURNS interval
LANGUAGE sql STABLE AS $$
    SELECT coalesce((rules ->> name)::interval, otherwise)
$$;

-- Until when a place can be taken or offered: NULL if not any more. Regular places: as long as the series goes on.
CREATE FUNCTION registration_end(s schedules, m meetings, at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
    closes CONSTANT timestamptz := coalesce(m.starts_at - lead_time(s.registration, 'closes', '0'), 'infinity');
BEGIN
    IF s.deleted_at IS NOT NULL OR s.registration IS NULL OR m.deleted_at IS NOT NULL OR m.status = 'cancelled'
       OR closes <= at OR s.until < today(s, at) THEN
        RETURN NULL;
    END IF;
    RETURN closes;
END
$$;

CREATE FUNCTION registration_end(s schedules, meeting uuid, at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql AS $$
DECLARE
    m meetings;
BEGIN
    IF meeting IS NOT NULL THEN
        SELECT * INTO m FROM meetings WHERE id = meeting;
    END IF;
    RETURN registration_end(s, m, at);
END
$$;

-- The dates that a registration is for: that of its meeting, or all from today on.
CREATE FUNCTION registration_dates(s schedules, m meetings, at timestamptz) RETURNS daterange
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN CASE WHEN m.id IS NOT NULL THEN daterange(m.date, m.date, '[]')
                ELSE daterange(greatest(s.starts_at_local::date, today(s, at)), NULL) END;
END
$$;

-- Where a registration leads when so many places are left: NULL if there is neither a place nor a waiting list.
CREATE FUNCTION registration_fate(s schedules, r registrations, places_left integer) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN NOT r.counted OR places_left >= 1 + r.companions                     THEN 'confirmed'
                WHEN coalesce((s.registration ->> 'waiting_list')::boolean, true)         THEN 'waiting' END
$$;

CREATE FUNCTION registration_fate(s schedules, r registrations, at timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    RETURN registration_fate(s, r, places_free(s, dates_ahead(s, r.during, at), r.newcomer));
END
$$;

-- Offers what is free on some dates to those who wait for it, in the order in which they were accepted. Somebody who
-- needs more places than there are is passed over, and keeps their turn. Whoever calls has the lock of the series. After
-- many offers the rest is left to the next sweep, so that nobody waits long for the lock.
CREATE FUNCTION registrations_serve(s schedules, freed daterange, at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    r       registrations;
    ends    timestamptz;
    p       record;
    kind    integer;                -- 1 of single places, 2 of regular ones
    dates   daterange[] := '{}';    -- those that were counted last, of each kind
    held    integer[]   := '{}';
    known   integer[]   := '{}';
    offered integer     := 0;
BEGIN
    FOR r IN SELECT * FROM registrations w
             WHERE w.schedule_id = s.id AND w.state = 'waiting' AND w.during && freed
             ORDER BY w.turn
    LOOP
        r.during := dates_ahead(s, r.during, at);
        kind := CASE WHEN is_regular(r.during) THEN 2 ELSE 1 END;
        IF dates[kind] IS DISTINCT FROM r.during THEN
            p := places_held(s.id, r.during);
            dates[kind] := r.during;
            held[kind] := p.held;
            known[kind] := p.by_known;
        END IF;
        CONTINUE WHEN r.counted AND places_left(s, held[kind], known[kind], r.newcomer) < 1 + r.companions;
        ends := registration_end(s, r.meeting_id, at);
        CONTINUE WHEN ends IS NULL;
        IF offered = 100 THEN
            INSERT INTO series_to_serve (schedule_id, due_at) VALUES (s.id, at)
            ON CONFLICT (schedule_id) DO UPDATE SET due_at = at;
            RETURN;
        END IF;
        UPDATE registrations
        SET state = 'offered', lapses_at = least(ends, at + lead_time(s.registration, 'offer_valid', 'PT24H')),
            during = r.during, action = 'offer', actor = 'system', updated_at = at
        WHERE id = r.id;
        PERFORM places_hold(s, at, r);
        dates := '{}';
        offered := offered + 1;
    END LOOP;
END
$$;

-- What has lapsed by now in a series: and what it held is passed on.
CREATE FUNCTION registrations_lapse(s schedules, at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    freed daterange;
BEGIN
    FOR freed IN
        UPDATE registrations r
        SET state = t.next, lapses_at = NULL, action = 'lapse', actor = 'system', updated_at = at
        FROM registration_transitions t
        WHERE r.schedule_id = s.id AND r.lapses_at <= at AND t.action = 'lapse' AND t.state = r.state
        RETURNING r.during
    LOOP
        PERFORM registrations_serve(s, freed, at);
    END LOOP;
END
$$;

-- Takes the lock under which everything about the places of a series is decided. All that has lapsed by then has lapsed.
-- Several are to be taken in the order of their ids.
CREATE FUNCTION series_claim(of uuid, at timestamptz) RETURNS schedules
LANGUAGE plpgsql AS $$
DECLARE
    s schedules;
BEGIN
    SELECT * INTO s FROM schedules WHERE id = of FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM registrations r WHERE r.schedule_id = of AND r.lapses_at <= at) THEN
        PERFORM registrations_lapse(s, at);
    END IF;
    RETURN s;
END
$$;

-- What a caller is to a registration: person, leader, manager (an organisation with which the group shares) or nothing.
CREATE FUNCTION registration_right(r registrations, person uuid, leads uuid, manages boolean, organisations uuid[])
RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF r.id = person THEN
        RETURN 'person';
    ELSIF r.group_id = leads THEN
        RETURN 'leader';
    ELSIF manages AND (settings_of(r.group_id)).shared_with_organisation
          AND EXISTS (SELECT FROM groups g WHERE g.id = r.group_id AND g.organisation_id = ANY (organisations)
                                               AND g.deleted_at IS NULL) THEN
        RETURN 'manager';
    END IF;
    RETURN NULL;
END
$$;

-- What came of an action: a problem, or the registration and as what the caller sees it; and its place on the waiting
-- list, if that is known already.
CREATE TYPE registration_answer AS (problem text, pointer text, detail text, r registrations, seen_as text, in_line bigint);

-- Finds a registration for a caller and takes the lock of its series, and of those in which a split left places of it.
-- A series may be split meanwhile: then once more.
CREATE FUNCTION registration_claim(of uuid, person uuid, leads uuid, manages boolean, organisations uuid[],
                                   at timestamptz, OUT a registration_answer, OUT s schedules)
LANGUAGE plpgsql AS $$
DECLARE
    r registrations;
BEGIN
    SELECT * INTO r FROM registrations x WHERE x.id = of;
    a.seen_as := registration_right(r, person, leads, manages, organisations);
    IF a.seen_as IS NULL THEN
        a.problem := 'not-found';
        RETURN;
    END IF;
    LOOP
        PERFORM FROM schedules x
        WHERE x.id = ANY (ARRAY(SELECT p.schedule_id FROM places p WHERE p.registration_id = of) || r.schedule_id)
        ORDER BY x.id
        FOR NO KEY UPDATE;
        s := series_claim(r.schedule_id, at);
        SELECT * INTO r FROM registrations x WHERE x.id = of FOR UPDATE;
        EXIT WHEN r.schedule_id = s.id;
    END LOOP;
    a.r := r;
END
$$;

-- The step that an action means for a registration; else what stands against it. NULL and no problem: it was done before.
CREATE FUNCTION transition_of(r registrations, wanted text, OUT next text, OUT problem text, OUT detail text)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    SELECT t.next INTO next FROM registration_transitions t WHERE t.action = wanted AND t.state = r.state;
    IF next IS NULL AND NOT EXISTS (SELECT FROM registration_transitions t
                                    WHERE t.action = wanted
                                      AND (t.next = r.state OR (t.next = 'placed' AND r.action = wanted))) THEN
        problem := 'invalid-transition';
        detail := 'It is ' || r.state || '. From there: '
                  || coalesce((SELECT string_agg(t.action, ', ' ORDER BY t.action)
                               FROM registration_transitions t
                               WHERE t.state = r.state AND t.action NOT IN ('count', 'offer', 'lapse', 'end')), 'nothing') || '.';
    END IF;
END
$$;

-- Whether somebody with the same address is in already, for the same meeting or series.
CREATE FUNCTION is_in_already(r registrations) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM persons mine
        JOIN persons p ON p.group_id = mine.group_id AND p.email_hash = mine.email_hash AND p.id <> mine.id
        JOIN registrations o ON o.id = p.id
        WHERE mine.id = r.id AND o.schedule_id = r.schedule_id AND o.meeting_id IS NOT DISTINCT FROM r.meeting_id
          AND o.state IN ('screening', 'waiting', 'offered', 'confirmed'));
END
$$;

-- One step of a registration, with all that follows from it.
CREATE FUNCTION registration_act(of uuid, wanted text, why bytea, who text, person uuid, leads uuid, manages boolean,
                                 organisations uuid[], at timestamptz)
RETURNS registration_answer
LANGUAGE plpgsql AS $$
DECLARE
    c    record := registration_claim(of, person, leads, manages, organisations, at);
    a    registration_answer := c.a;
    s    schedules := c.s;
    r    registrations := a.r;
    step record;
    held boolean;
BEGIN
    IF a.problem IS NOT NULL THEN
        RETURN a;
    END IF;
    step := transition_of(r, wanted);
    a.problem := step.problem;
    a.detail := step.detail;
    IF step.next IS NULL THEN
        RETURN a;
    END IF;
    held := r.state = 'offered' OR r.lapses_at IS NOT NULL AND r.state = 'screening';
    IF step.next IN ('confirmed', 'placed') AND registration_end(s, r.meeting_id, at) IS NULL THEN
        a.problem := 'registration-closed';
        RETURN a;
    END IF;
    IF wanted = 'confirm' AND is_in_already(r) THEN
        a.problem := 'duplicate';
        a.detail := 'This address is registered here already.';
        RETURN a;
    END IF;
    IF step.next = 'placed' THEN
        step.next := CASE WHEN held THEN 'confirmed' ELSE registration_fate(s, r, at) END;
        IF wanted = 'confirm' AND (SELECT g.joining FROM groups g WHERE g.id = r.group_id) = 'screening' THEN
            step.next := 'screening';
        END IF;
        IF step.next IS NULL OR step.next = r.state THEN
            a.problem := 'full';
            RETURN a;
        END IF;
        IF step.next = 'confirmed' AND NOT held THEN
            r.during := dates_ahead(s, r.during, at);
            PERFORM places_hold(s, at, r);
        END IF;
    END IF;
    UPDATE registrations x
    SET state = step.next, reason = coalesce(why, x.reason), during = r.during, action = wanted, actor = who, updated_at = at,
        lapses_at = NULL
    WHERE x.id = of
    RETURNING x INTO a.r;
    IF NOT is_live(step.next) THEN
        PERFORM registrations_serve(s, r.during, at);
    END IF;
    RETURN a;
END
$$;

-- Registering ------------------------------------------------------------------------------------

-- What stands against registering for anybody: the meeting, or the series if that is NULL.
CREATE FUNCTION registering_verdict(s schedules, m meetings, at timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    IF s.registration IS NULL THEN
        RETURN 'registration-not-offered';
    ELSIF registration_end(s, m, at) IS NULL
          OR at < m.starts_at - lead_time(s.registration, 'opens', NULL) THEN
        RETURN 'registration-closed';
    END IF;
    RETURN NULL;
END
$$;

-- Uses up a proof of work; false if it was used before.
CREATE FUNCTION challenge_spend(wanted jsonb) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO spent_challenges (hash, expires_at)
    VALUES ((wanted ->> 'challenge')::bytea, (wanted ->> 'challenge_ends')::timestamptz)
    ON CONFLICT DO NOTHING;
    RETURN FOUND;
END
$$;

-- What stands against one person's: they are not who the group is for, agree to an old text, or show a spent proof.
CREATE FUNCTION registrant_verdict(wanted jsonb, g groups, consent text, OUT problem text, OUT pointer text,
                                   OUT detail text)
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT ((CASE wanted ->> 'role' WHEN 'affected' THEN 'affected' ELSE 'relatives' END) = ANY (g.audience)) THEN
        pointer := '/role';
        detail := 'must be one that the group is for';
    ELSIF wanted -> 'reminders' <> '[]' AND NOT wanted ? 'email_hash' THEN
        pointer := '/reminders';
        detail := 'must be absent without an address to send them to';
    ELSIF wanted #>> '{consent,version}' <> consent THEN
        pointer := '/consent/version';
        detail := 'must be the current one';
    ELSIF wanted ? 'challenge' AND NOT challenge_spend(wanted) THEN
        pointer := '/proof';
        detail := 'must not have been used before';
    END IF;
    problem := CASE WHEN pointer IS NOT NULL THEN 'invalid-body' END;
END
$$;

-- People with the keys and the secrets that C made for them.
CREATE FUNCTION persons_add(wanted jsonb[], role text, of uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO persons (id, role, group_id, wrapping_key, wrapped, contact, email_hash, language, invitations,
                         consent_version, consent_at, created_at)
    SELECT (w ->> 'id')::uuid, role, of, (w ->> 'wrapping_id')::integer, (w ->> 'wrapped')::bytea, (w ->> 'contact')::bytea,
           (w ->> 'email_hash')::bytea, coalesce(w ->> 'language', 'de'),
           coalesce((w ->> 'invitations')::boolean, false), w #>> '{consent,version}',
           CASE WHEN w ? 'consent' THEN at END, at
    FROM unnest(wanted) AS w;
    INSERT INTO capabilities (hash, id, kind, person_id, created_at)
    SELECT (w ->> 'capability')::bytea, gen_random_uuid(), 'life', (w ->> 'id')::uuid, at
    FROM unnest(wanted) AS w
    WHERE w ? 'capability';
END
$$;

-- Whether an address may be sent one more mail today that it has not asked for itself.
CREATE FUNCTION mail_allowed(to_address bytea, at timestamptz) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    so_far integer;
BEGIN
    INSERT INTO mail_allowances AS a (address, day, sent) VALUES (to_address, (at AT TIME ZONE 'UTC')::date, 1)
    ON CONFLICT (address, day) DO UPDATE SET sent = a.sent + 1
    RETURNING sent INTO so_far;
    RETURN so_far <= 10;
END
$$;

-- The row that somebody's wishes make, in no state yet.
CREATE FUNCTION registration_of(wanted jsonb, s schedules, m meetings, client uuid, at timestamptz) RETURNS registrations
LANGUAGE plpgsql AS $$
BEGIN
    RETURN jsonb_populate_record(NULL::registrations,
        '{"newcomer": false, "companions": 0, "counted": true}' || wanted
        || jsonb_build_object(
               'group_id', s.group_id, 'schedule_id', s.id, 'meeting_id', m.id, 'during', registration_dates(s, m, at),
               'client_id', client, 'action', 'register', 'actor', coalesce('client:' || client, 'person'), 'revision', 1,
               'created_at', at, 'updated_at', at));
END
$$;

-- Registers one person after another, under one lock: what arrived together costs one wait, and the places are counted
-- once.
-- requests: [NewRegistration with what is personal sealed; and id, wrapping_id, wrapped, capability, email_hash, address,
--           challenge, challenge_ends]
CREATE FUNCTION registrations_create(for_meeting uuid, for_series uuid, requests jsonb, is_admin boolean, is_partner boolean,
                                     organisations uuid[], client uuid, at timestamptz)
RETURNS SETOF registration_answer
LANGUAGE plpgsql AS $$
DECLARE
    a        registration_answer;
    s        schedules;
    m        meetings;
    g        groups;
    r        registrations;
    wanted   jsonb;
    verdict  record;
    for_all  text := 'not-found';
    count    record;
    waiting  bigint;
    people   jsonb[] := '{}';
    added    registrations[] := '{}';
    placed   registrations[] := '{}';
    consent  CONSTANT text := (SELECT version FROM consent_texts WHERE current_since <= at
                               ORDER BY current_since DESC LIMIT 1);
BEGIN
    SELECT * INTO m FROM meetings WHERE id = for_meeting AND deleted_at IS NULL;
    s := series_claim(coalesce(m.schedule_id, for_series), at);
    SELECT * INTO m FROM meetings WHERE id = for_meeting AND deleted_at IS NULL;
    SELECT * INTO g FROM groups WHERE id = s.group_id AND deleted_at IS NULL;
    IF g.id IS NOT NULL AND s.deleted_at IS NULL AND (for_meeting IS NULL OR m.schedule_id = s.id)
       AND group_is_visible(g.visibility, g.organisation_id, is_admin, is_partner, organisations) THEN
        for_all := registering_verdict(s, m, at);
    END IF;
    IF for_all IS NULL THEN
        count := places_held(s.id, registration_dates(s, m, at));
    END IF;
    FOR wanted IN SELECT value FROM jsonb_array_elements(requests) LOOP
        a := (for_all, NULL, NULL, NULL, 'person', NULL);
        IF for_all IS NULL THEN
            verdict := registrant_verdict(wanted, g, consent);
            a.problem := verdict.problem;
            a.pointer := verdict.pointer;
            a.detail := verdict.detail;
        END IF;
        IF a.problem IS NULL THEN
            r := registration_of(wanted, s, m, client, at);
            r.state := CASE WHEN wanted ? 'email_hash'   THEN 'unconfirmed'
                            WHEN g.joining = 'screening' THEN 'screening'
                            ELSE registration_fate(s, r, places_left(s, count.held, count.by_known, r.newcomer)) END;
            a.problem := CASE WHEN r.state IS NULL THEN 'full' END;
        END IF;
        IF a.problem IS NULL THEN
            people := people || wanted;
            r.lapses_at := CASE WHEN r.state = 'unconfirmed' THEN at + interval '24 hours' END;
            r.turn := CASE WHEN r.state <> 'unconfirmed' THEN nextval('registration_turns') END;
            added := added || r;
            IF r.state = 'confirmed' THEN
                placed := placed || r;
                count.held := count.held + 1 + r.companions;
                count.by_known := count.by_known + CASE WHEN r.newcomer THEN 0 ELSE 1 + r.companions END;
            ELSIF r.state = 'waiting' THEN
                waiting := coalesce(waiting, registration_position(r)) + 1;  -- behind all who are in already
                a.in_line := waiting;
            ELSIF r.state = 'unconfirmed' AND mail_allowed((wanted ->> 'address')::bytea, at) THEN
                PERFORM job_add('mail', 'confirm_address:' || r.id, r.id, '{"template": "confirm_address"}', at, at);
            END IF;
            a.r := r;
        END IF;
        RETURN NEXT a;
    END LOOP;
    PERFORM persons_add(people, 'registrant', g.id, at);
    INSERT INTO registrations SELECT x.* FROM unnest(added) AS x;
    IF placed <> '{}' THEN
        PERFORM places_hold(s, at, VARIADIC placed);
    END IF;
END
$$;

-- Confirms an address by the token that was mailed there. A second time it does nothing.
CREATE FUNCTION registration_confirm(of uuid, token bytea, at timestamptz) RETURNS registration_answer
LANGUAGE plpgsql AS $$
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
        PERFORM FROM schedules WHERE id = r.schedule_id FOR NO KEY UPDATE;
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

-- What leaders do ---------------------------------------------------------------------------------

-- Puts a registration into another meeting or series of the same group; there it comes last.
CREATE FUNCTION registration_move(of uuid, to_meeting uuid, to_series uuid, who text, leads uuid, manages boolean,
                                  organisations uuid[], at timestamptz)
RETURNS registration_answer
LANGUAGE plpgsql AS $$
DECLARE
    c    record;
    a    registration_answer;
    r    registrations;
    old  registrations;
    s    schedules;
    m    meetings;
    step record;
BEGIN
    SELECT * INTO m FROM meetings WHERE id = to_meeting AND deleted_at IS NULL;
    -- All locks, in the order of their ids.
    PERFORM FROM schedules x
    WHERE x.id = ANY (ARRAY(SELECT p.schedule_id FROM places p WHERE p.registration_id = of)
                      || ARRAY[coalesce(m.schedule_id, to_series), (SELECT y.schedule_id FROM registrations y WHERE y.id = of)])
    ORDER BY x.id
    FOR NO KEY UPDATE;
    c := registration_claim(of, NULL, leads, manages, organisations, at);
    a := c.a;
    old := a.r;
    IF a.problem IS NOT NULL THEN
        RETURN a;
    END IF;
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

-- The conversation before admission: when and where, what the leaders noted, and until when a place is held meanwhile.
CREATE FUNCTION registration_screen(of uuid, body jsonb, who text, leads uuid, manages boolean, organisations uuid[],
                                    at timestamptz)
RETURNS registration_answer
LANGUAGE plpgsql AS $$
DECLARE
    c    record := registration_claim(of, NULL, leads, manages, organisations, at);
    a    registration_answer := c.a;
    r    registrations := a.r;
    step record;
    hold CONSTANT timestamptz := at + (body ->> 'hold')::interval;
BEGIN
    IF a.problem IS NOT NULL THEN
        RETURN a;
    END IF;
    step := transition_of(r, 'screen');
    a.problem := step.problem;
    a.detail := step.detail;
    IF step.next IS NULL THEN
        RETURN a;
    END IF;
    IF hold IS NOT NULL AND r.lapses_at IS NULL THEN
        IF registration_fate(c.s, r, at) IS DISTINCT FROM 'confirmed' OR registration_end(c.s, r.meeting_id, at) IS NULL THEN
            a.problem := 'full';
            RETURN a;
        END IF;
        r.during := dates_ahead(c.s, r.during, at);
        PERFORM places_hold(c.s, at, r);
    END IF;
    INSERT INTO screenings AS x (registration_id, starts_at, place, notes, updated_at)
    VALUES (of, (body ->> 'starts_at')::timestamptz, (body ->> 'screening_place')::bytea, (body ->> 'screening_notes')::bytea, at)
    ON CONFLICT (registration_id) DO UPDATE
    SET starts_at = coalesce(EXCLUDED.starts_at, x.starts_at), place = coalesce(EXCLUDED.place, x.place),
        notes = coalesce(EXCLUDED.notes, x.notes), updated_at = at;
    UPDATE registrations x
    SET lapses_at = coalesce(hold, x.lapses_at), during = r.during, action = 'screen', actor = who, updated_at = at
    WHERE x.id = of
    RETURNING x INTO a.r;
    RETURN a;
END
$$;

-- Whether somebody counts: leaders and helpers take nobody's place, so they do not wait for one either.
CREATE FUNCTION registration_count(of uuid, counts boolean, who text, leads uuid, manages boolean, organisations uuid[],
                                   at timestamptz)
RETURNS registration_answer
LANGUAGE plpgsql AS $$
DECLARE
    c record := registration_claim(of, NULL, leads, manages, organisations, at);
    a registration_answer := c.a;
    r registrations := a.r;
BEGIN
    IF a.problem IS NOT NULL OR r.counted = counts THEN
        RETURN a;
    END IF;
    r.counted := counts;
    IF counts AND (r.state IN ('confirmed', 'offered') OR (r.state = 'screening' AND r.lapses_at IS NOT NULL)) THEN
        r.during := dates_ahead(c.s, r.during, at);
        IF registration_fate(c.s, r, at) IS DISTINCT FROM 'confirmed' THEN
            a.problem := 'full';
            RETURN a;
        END IF;
        PERFORM places_hold(c.s, at, r);
    ELSIF NOT counts AND r.state IN ('waiting', 'offered') THEN
        r.state := 'confirmed';
    END IF;
    UPDATE registrations x
    SET counted = counts, state = r.state, during = r.during, action = 'count', actor = who, updated_at = at
    WHERE x.id = of
    RETURNING x INTO a.r;
    IF NOT counts THEN
        PERFORM registrations_serve(c.s, r.during, at);
    END IF;
    RETURN a;
END
$$;

-- Whether somebody came, where the group wants to know. Nobody outside of it ever learns it.
CREATE FUNCTION registration_attend(of uuid, to_meeting uuid, came boolean, leads uuid, manages boolean,
                                    organisations uuid[], at timestamptz)
RETURNS registration_answer
LANGUAGE plpgsql AS $$
DECLARE
    a registration_answer;
    r registrations;
BEGIN
    SELECT * INTO r FROM registrations x WHERE x.id = of FOR UPDATE;
    a.seen_as := registration_right(r, NULL, leads, manages, organisations);
    a.r := r;
    IF a.seen_as IS NULL THEN
        a.problem := 'not-found';
    ELSIF NOT (settings_of(r.group_id)).attendance THEN
        a.problem := 'conflict';
        a.detail := 'The group does not keep attendance.';
    ELSIF NOT EXISTS (SELECT FROM meetings m
                      WHERE m.id = to_meeting AND m.schedule_id = r.schedule_id AND m.deleted_at IS NULL
                        AND m.starts_at <= at AND r.during @> m.date AND r.state = 'confirmed') THEN
        a.problem := 'invalid-body';
        a.pointer := '/meeting_id';
        a.detail := 'must be a meeting of it that has begun';
    ELSE
        INSERT INTO attendances (registration_id, meeting_id, attended) VALUES (of, to_meeting, came)
        ON CONFLICT (registration_id, meeting_id) DO UPDATE SET attended = came;
    END IF;
    RETURN a;
END
$$;

-- What others do to it -----------------------------------------------------------------------------

-- After the places or rules of a series changed: nobody loses a place, and what is new is offered.
CREATE FUNCTION schedule_lead_places() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM series_claim(NEW.id, NEW.updated_at);
    IF NEW.capacity IS DISTINCT FROM OLD.capacity THEN
        IF (places_held(NEW.id, daterange(today(NEW, NEW.updated_at), NULL))).held > NEW.capacity THEN
            PERFORM refuse('schedule_capacity');
        END IF;
        PERFORM seats_number(NEW, today(NEW, NEW.updated_at));
    END IF;
    PERFORM registrations_serve(NEW, daterange(NULL, NULL), NEW.updated_at);
    RETURN NULL;
END
$$;
CREATE TRIGGER lead_places AFTER UPDATE ON schedules FOR EACH ROW
    WHEN (NEW.deleted_at IS NULL
          AND (OLD.capacity, OLD.newcomer_places, OLD.registration, OLD.until)
              IS DISTINCT FROM (NEW.capacity, NEW.newcomer_places, NEW.registration, NEW.until))
    EXECUTE FUNCTION schedule_lead_places();

-- After a series went: so did all registrations.
CREATE FUNCTION schedule_end_registrations() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE registrations
    SET state = 'cancelled', action = 'end', actor = 'system', updated_at = NEW.updated_at
    WHERE schedule_id = NEW.id AND is_live(state)
      AND (meeting_id IS NULL
           OR EXISTS (SELECT FROM meetings m WHERE m.id = meeting_id AND m.starts_at > NEW.updated_at));
    RETURN NULL;
END
$$;
CREATE TRIGGER end_registrations AFTER UPDATE ON schedules FOR EACH ROW
    WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL) EXECUTE FUNCTION schedule_end_registrations();

-- What people are told of a meeting when it changes.
CREATE FUNCTION meeting_told(m meetings) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN m.deleted_at IS NULL AND m.status <> 'cancelled'
                THEN jsonb_build_object('starts', extract(epoch FROM m.starts_at)::bigint, 'ends', extract(epoch FROM m.ends_at)::bigint,
                                        'format', m.format, 'venue', m.venue_id)
                ELSE '{"off": true}' END
$$;

-- After meetings changed: who is registered is told, minutes later and once, whatever came together until then; a meeting
-- that is gone ends what was for it alone; one that takes place after all is offered again.
CREATE FUNCTION meetings_lead_registrations() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    series  uuid[] := ARRAY(SELECT DISTINCT n.schedule_id FROM written n
                            WHERE EXISTS (SELECT FROM registrations r WHERE r.schedule_id = n.schedule_id));
    changed record;
BEGIN
    IF series = '{}' THEN
        RETURN NULL;
    END IF;
    PERFORM job_ask('mail', concat_ws(':', 'meeting', told.registration, told.meeting), told.registration,
                    jsonb_build_object('template', 'meeting_changed', 'meeting_id', told.meeting, 'was', told.was),
                    told.at + CASE WHEN told.starts_at < told.at + interval '24 hours' THEN interval '1 minute'
                                   ELSE interval '5 minutes' END, told.at)
    FROM (SELECT DISTINCT ON (r.id) r.id AS registration, n.id AS meeting, n.updated_at AS at, meeting_told(o) AS was,
                 least(o.starts_at, n.starts_at) AS starts_at
          FROM written n
          JOIN before o ON o.id = n.id
          JOIN registrations r ON r.schedule_id = n.schedule_id AND r.during @> n.date
          JOIN persons p ON p.id = r.id AND p.email_hash IS NOT NULL AND p.email_confirmed_at IS NOT NULL
          WHERE n.schedule_id = ANY (series)
            AND r.state IN ('screening', 'waiting', 'offered', 'confirmed')
            AND NOT (n.deleted_at IS NOT NULL AND r.meeting_id = n.id)
            AND meeting_told(n) <> meeting_told(o)
          ORDER BY r.id, n.starts_at) AS told;
    UPDATE registrations r
    SET state = 'cancelled', action = 'end', actor = 'system', updated_at = n.updated_at
    FROM written n
    WHERE n.schedule_id = ANY (series) AND n.deleted_at IS NOT NULL AND r.meeting_id = n.id AND is_live(r.state);
    FOR changed IN
        SELECT n.schedule_id, daterange(min(n.date), max(n.date), '[]') AS dates, max(n.updated_at) AS at
        FROM written n
        JOIN before o ON o.id = n.id
        WHERE n.schedule_id = ANY (series) AND n.deleted_at IS NULL AND n.status <> 'cancelled'
          AND (o.deleted_at IS NOT NULL OR o.status = 'cancelled' OR n.starts_at > o.starts_at)
        GROUP BY n.schedule_id
        ORDER BY n.schedule_id
    LOOP
        PERFORM registrations_serve(s, changed.dates, changed.at) FROM series_claim(changed.schedule_id, changed.at) AS s;
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER lead_registrations AFTER UPDATE ON meetings REFERENCING OLD TABLE AS before NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION meetings_lead_registrations();

-- Splits a series: from a date on its meetings belong to another, keep their ids, and those who come keep their places.
CREATE OR REPLACE FUNCTION schedule_hand_over(s schedules, heir uuid, since date, at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    other schedules;
BEGIN
    UPDATE exceptions SET schedule_id = heir WHERE schedule_id = s.id AND date >= since;
    SELECT * INTO other FROM schedules WHERE id = heir;
    IF (places_held(s.id, daterange(since, NULL))).held > other.capacity THEN
        PERFORM refuse('schedule_capacity');
    END IF;
    INSERT INTO places (registration_id, schedule_id, during, newcomer, seat)
    SELECT registration_id, heir, during * daterange(since, NULL), newcomer, seat
    FROM places
    WHERE schedule_id = s.id AND during && daterange(since, NULL);
    DELETE FROM places WHERE schedule_id = s.id AND lower(during) >= since;
    UPDATE places SET during = during * daterange(NULL, since) WHERE schedule_id = s.id AND during && daterange(since, NULL);
    PERFORM seats_number(other, today(other, at));
    UPDATE registrations
    SET schedule_id = heir, during = during * daterange(since, NULL), action = 'split', actor = 'system', updated_at = at
    WHERE schedule_id = s.id AND during && daterange(since, NULL);
    UPDATE meetings m
    SET schedule_id = heir, updated_at = at, revision = m.revision + 1
    WHERE m.schedule_id = s.id AND m.date >= since;
    PERFORM registrations_serve(other, daterange(since, NULL), at);
END
$$;

-- What is seen of it -------------------------------------------------------------------------------

-- Why somebody still waits.
CREATE FUNCTION registration_block(r registrations, s schedules, at timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    free integer := places_free(s, r.during, r.newcomer);
BEGIN
    RETURN CASE WHEN registration_end(s, r.meeting_id, at) IS NULL AND EXISTS (
                         SELECT FROM meetings m WHERE m.id = r.meeting_id AND m.status = 'cancelled') THEN 'meeting_cancelled'
                WHEN registration_end(s, r.meeting_id, at) IS NULL                                     THEN 'closed'
                WHEN free > 0                                                                          THEN 'too_few_places'
                WHEN NOT r.newcomer AND places_free(s, r.during, true) > 0                             THEN 'newcomer_places'
                ELSE                                                                                        'full' END;
END
$$;

-- The place on the waiting list: 1 is next.
CREATE FUNCTION registration_position(r registrations) RETURNS bigint
LANGUAGE plpgsql AS $$
BEGIN
    IF r.meeting_id IS NULL THEN
        RETURN (SELECT count(*) FROM registrations w
                WHERE w.schedule_id = r.schedule_id AND w.meeting_id IS NULL AND w.state = 'waiting' AND w.turn <= r.turn);
    END IF;
    RETURN (SELECT count(*) FROM registrations w
            WHERE w.schedule_id = r.schedule_id AND w.meeting_id = r.meeting_id AND w.state = 'waiting' AND w.turn <= r.turn);
END
$$;

-- STABLE, as to_char() is: so it is inlined.
ALTER FUNCTION local_text(timestamp) STABLE;

-- A registration as somebody sees it, with what is sealed in it and the keys to that. Leaders see who comes, and never
-- how to reach them; the person sees all but what the leaders noted. That `who` read it is noted, unless it is the person.
CREATE FUNCTION registration_row(r registrations, seen_as text, in_line bigint, who jsonb, at timestamptz)
RETURNS TABLE (_members jsonb, pseudonym bytea, message bytea, reason bytea, contact bytea, screening_place bytea,
               screening_notes bytea, _person uuid, _wrapping_id integer, _wrapping bytea, _wrapped bytea, _revision bigint)
LANGUAGE plpgsql AS $$
DECLARE
    is_in CONSTANT boolean := r.state = 'confirmed' AND seen_as = 'person';  -- learns where it is
    by_leaders CONSTANT boolean := seen_as IN ('leader', 'manager');
BEGIN
    IF by_leaders AND who IS NOT NULL THEN
        PERFORM read_record(who, 'registration', r.id, '{pseudonym,message}', at);
    END IF;
    RETURN QUERY
    SELECT
        jsonb_strip_nulls(jsonb_build_object(
            'id', r.id, 'group_id', r.group_id, 'schedule_id', r.schedule_id, 'meeting_id', r.meeting_id,
            'meeting', CASE WHEN m.id IS NOT NULL THEN jsonb_build_object(
                'starts_at', instant(m.starts_at), 'starts_at_local', local_text(m.starts_at_local), 'time_zone', s.time_zone,
                'status', CASE WHEN m.deleted_at IS NOT NULL THEN 'cancelled' ELSE m.status END) END,
            'state', r.state,
            'position', CASE WHEN r.state = 'waiting' THEN coalesce(in_line, registration_position(r)) END,
            'offered_until', CASE WHEN r.state = 'offered' THEN instant(r.lapses_at) END,
            'confirm_until', CASE WHEN r.state = 'unconfirmed' THEN instant(r.lapses_at) END,
            'role', r.role, 'newcomer', r.newcomer, 'companions', r.companions,
            'counted', CASE WHEN by_leaders THEN r.counted END,
            'language', p.language,
            'reminders', CASE WHEN p.email_hash IS NOT NULL THEN coalesce(r.reminders, (settings_of(r.group_id)).reminders) END,
            'mails', CASE WHEN p.email_hash IS NOT NULL AND NOT by_leaders THEN p.mails END,
            'invitations', CASE WHEN p.email_hash IS NOT NULL AND NOT by_leaders THEN p.invitations END,
            'screening', CASE WHEN c.registration_id IS NOT NULL THEN jsonb_build_object(
                'starts_at', instant(c.starts_at), 'hold_until', CASE WHEN r.state = 'screening' THEN instant(r.lapses_at) END)
                END,
            'attendance', (SELECT jsonb_agg(jsonb_build_object('meeting_id', a.meeting_id, 'attended', a.attended)
                                            ORDER BY a.meeting_id)
                           FROM attendances a WHERE a.registration_id = r.id),
            'place', CASE WHEN v.id IS NOT NULL THEN venue_place(v, true) END,
            'online', CASE WHEN is_in AND coalesce(m.format, s.format) <> 'in_person'
                           THEN coalesce(m.shown -> 'online', s.online) END,
            'blocked_reason', CASE WHEN by_leaders AND r.state = 'waiting' THEN registration_block(r, s, at) END,
            'consent', CASE WHEN NOT by_leaders THEN jsonb_build_object(
                'version', p.consent_version, 'given_at', instant(p.consent_at)) END,
            'revision', r.revision, 'created_at', instant(r.created_at), 'updated_at', instant(r.updated_at),
            'links', jsonb_build_object('self', '/v1/registrations/' || r.id))),
        r.pseudonym, r.message, r.reason,
        CASE WHEN NOT by_leaders THEN p.contact END,
        c.place,
        CASE WHEN by_leaders THEN c.notes END,
        p.id, p.wrapping_key, k.wrapped, p.wrapped, r.revision
    FROM persons p
    JOIN schedules s ON s.id = r.schedule_id
    LEFT JOIN meetings m ON m.id = r.meeting_id
    LEFT JOIN venues v ON is_in AND v.id = CASE WHEN m.id IS NULL THEN s.venue_id ELSE m.venue_id END
    LEFT JOIN wrapping_keys k ON k.id = p.wrapping_key
    LEFT JOIN screenings c ON c.registration_id = p.id
    WHERE p.id = r.id;
END
$$;

-- Somebody reads what is personal: one line for the auditor.
CREATE FUNCTION read_record(who jsonb, resource text, of uuid, members text[], at timestamptz) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO audit (at, writer, action, resource, resource_id, revision, members)
    VALUES (at, who, 'read', resource, of, 0, members)
$$;

-- How many places are left, as everybody may know it.
CREATE FUNCTION seats_left(s schedules, on_date date) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    free integer := places_free(s, daterange(on_date, on_date, '[]'), true);
BEGIN
    RETURN CASE WHEN free = 0 THEN 'none' WHEN free <= 3 THEN 'few' ELSE 'many' END;
END
$$;
