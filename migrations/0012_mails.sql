-- 0012_mails.sql: what mails say and when they go; reminders; addresses that take no mails.

-- Jobs that are asked for again ---------------------------------------------------------------------

-- What is to be done again once it is done: somebody asked for it while somebody else was at it already.
ALTER TABLE jobs ADD COLUMN again jsonb;

-- Adds a job about something that has changed. If the same is to be done already, it is done once: at the earlier time, and
-- with what was said first. If somebody is at it, it is done again afterwards: they may have looked before.
CREATE FUNCTION job_ask(kind text, key text, person uuid, payload jsonb, run_at timestamptz, at timestamptz)
RETURNS void
LANGUAGE sql AS $$
    INSERT INTO jobs (kind, key, person_id, payload, run_at, created_at)
    VALUES (kind, key, person, payload, run_at, at)
    ON CONFLICT ON CONSTRAINT job_key DO UPDATE
    SET payload  = CASE WHEN jobs.dead_at IS NOT NULL THEN EXCLUDED.payload ELSE jobs.payload END,
        attempts = CASE WHEN jobs.dead_at IS NOT NULL THEN 0 ELSE jobs.attempts END,
        run_at   = CASE WHEN jobs.dead_at IS NOT NULL THEN EXCLUDED.run_at
                        WHEN jobs.lease_until IS NULL THEN least(jobs.run_at, EXCLUDED.run_at)
                        ELSE jobs.run_at END,
        again    = CASE WHEN jobs.dead_at IS NULL AND jobs.lease_until IS NOT NULL
                        THEN jsonb_build_object('payload', EXCLUDED.payload, 'run_at', EXCLUDED.run_at) END,
        error = NULL, dead_at = NULL
    WHERE jobs.dead_at IS NOT NULL OR jobs.lease_until IS NOT NULL OR (jobs.attempts = 0 AND EXCLUDED.run_at < jobs.run_at)
$$;

-- What people want -----------------------------------------------------------------------------------

ALTER TABLE persons
    ADD COLUMN links bigint NOT NULL DEFAULT 1,  -- links in mails carry it; one more, and all mailed before are worth nothing
    ADD COLUMN mails text NOT NULL DEFAULT 'all' CHECK (mails IN ('all', 'needed', 'asked')),
    ADD COLUMN invitations boolean NOT NULL DEFAULT false;  -- real ones, that calendar programs answer and follow

-- What there is to write. need: how much of it a person wants who gets it; waits: for the end of the quiet hours.
CREATE TABLE mail_templates (
    name    text PRIMARY KEY,
    need    text NOT NULL CHECK (need IN ('all', 'needed', 'asked')),
    waits   boolean NOT NULL
);
INSERT INTO mail_templates (name, need, waits) VALUES
    ('confirm_address',   'asked',  false),
    ('recovery',          'asked',  false),
    ('sign_in',           'asked',  false),
    ('invitation',        'asked',  true),
    ('registered',        'needed', true),
    ('waiting',           'needed', true),
    ('offered',           'needed', true),
    ('screening',         'needed', true),
    ('rejected',          'needed', true),
    ('meeting_changed',   'needed', true),
    ('meeting_cancelled', 'needed', true),
    ('meeting_on',        'needed', true),
    ('message',           'needed', true),
    ('reminder',          'all',    true),
    ('overview',          'all',    true),
    ('freshness',         'all',    true);

-- When nobody is written to, by the clocks there: NULL, or when that ends.
CREATE FUNCTION quiet_until(at timestamptz, zone text) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$  -- as the others that are asked for each mail or meeting: it is planned once in a session
DECLARE
    local CONSTANT timestamp := at AT TIME ZONE zone;
BEGIN
    RETURN CASE WHEN local::time >= '21:00' THEN (local::date + 1 + time '08:00') AT TIME ZONE zone
                WHEN local::time <  '08:00' THEN (local::date + time '08:00') AT TIME ZONE zone END;
END
$$;

-- Reminders ------------------------------------------------------------------------------------------

-- How long before a meeting people can be reminded, and until when that has been done: up to an instant, and of those that
-- were due at it, up to a meeting.
CREATE TABLE reminder_leads (
    lead        text PRIMARY KEY,
    swept_until timestamptz NOT NULL DEFAULT 'infinity',
    swept_to    uuid NOT NULL DEFAULT 'ffffffff-ffff-ffff-ffff-ffffffffffff'
);
INSERT INTO reminder_leads (lead) VALUES ('PT1H'), ('PT2H'), ('PT3H'), ('PT6H'), ('PT12H'), ('P1D'), ('P2D'), ('P3D'), ('P7D');

-- Who was reminded of what: nobody is twice. A meeting at another time is another one.
CREATE TABLE reminders (
    registration_id uuid NOT NULL,
    meeting_id      uuid NOT NULL,
    starts_at       timestamptz NOT NULL,
    lead            text NOT NULL,
    PRIMARY KEY (registration_id, meeting_id, starts_at, lead)
);
CREATE INDEX reminders_by_start ON reminders (starts_at);

-- When a reminder is due: days before, at the same time by the clocks there. What would come in quiet hours comes when
-- they end, if that is an hour before the meeting at least, else on the evening before.
CREATE FUNCTION reminder_due(starts_at timestamptz, starts_at_local timestamp, zone text, span interval) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
    due   CONSTANT timestamptz := CASE WHEN span < interval '1 day' THEN starts_at - span
                                       ELSE (starts_at_local - span) AT TIME ZONE zone END;
    local CONSTANT timestamp := due AT TIME ZONE zone;
    wake  CONSTANT timestamptz := quiet_until(due, zone);
BEGIN
    RETURN CASE WHEN wake IS NULL THEN due
                WHEN wake <= starts_at - interval '1 hour' THEN wake
                ELSE (local::date - CASE WHEN local::time < '08:00' THEN 1 ELSE 0 END + time '20:30') AT TIME ZONE zone END;
END
$$;

-- Adds the reminders that have become due, of so many meetings at most for each lead. Returns whether those were all.
-- A clock that was ahead, or goes back, repeats what it did; the table of reminders knows it.
CREATE FUNCTION reminders_add(at timestamptz, most integer) RETURNS boolean
LANGUAGE plpgsql SET timezone = 'UTC' SET plan_cache_mode = 'force_custom_plan' AS $$
DECLARE
    l      reminder_leads;
    span   interval;
    last   record;
    is_all boolean := true;
    upto   CONSTANT timestamptz := at - interval '10 seconds';  -- whoever writes just now has committed by then
BEGIN
    FOR l IN SELECT * FROM reminder_leads ORDER BY lead::interval FOR UPDATE SKIP LOCKED LOOP
        span := l.lead::interval;
        IF l.swept_until > at + interval '5 minutes' THEN
            l.swept_until := at - interval '1 hour';
            l.swept_to := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
        END IF;
        WITH due AS (
            SELECT m.id, m.schedule_id, m.date, m.starts_at, d.due
            FROM meetings m
            JOIN schedules s ON s.id = m.schedule_id
            CROSS JOIN LATERAL (SELECT reminder_due(m.starts_at, m.starts_at_local, s.time_zone, span)) AS d (due)
            WHERE m.starts_at > at AND m.starts_at >= l.swept_until + span - interval '13 hours'
              AND m.starts_at <= at + span + interval '13 hours'
              AND m.status <> 'cancelled' AND m.deleted_at IS NULL
              AND (d.due, m.id) > (l.swept_until, l.swept_to) AND d.due <= upto
            ORDER BY d.due, m.id
            LIMIT most
        ), added AS (
            INSERT INTO reminders (registration_id, meeting_id, starts_at, lead)
            SELECT r.id, d.id, d.starts_at, l.lead
            FROM due d
            JOIN registrations r ON r.schedule_id = d.schedule_id AND r.during @> d.date AND r.state = 'confirmed'
            JOIN persons p ON p.id = r.id AND p.email_confirmed_at IS NOT NULL AND p.contact IS NOT NULL AND p.mails = 'all'
            LEFT JOIN group_settings g ON g.group_id = r.group_id
            WHERE l.lead = ANY (coalesce(r.reminders, g.reminders, '{P2D,PT3H}'))
            ON CONFLICT DO NOTHING
            RETURNING *
        ), put AS (
            INSERT INTO jobs (kind, key, person_id, payload, run_at, created_at)
            SELECT 'mail', concat_ws(':', 'reminder', a.registration_id, a.meeting_id, extract(epoch FROM a.starts_at)::bigint, a.lead),
                   a.registration_id,
                   jsonb_build_object('template', 'reminder', 'meeting_id', a.meeting_id, 'lead', a.lead,
                                      'starts', extract(epoch FROM a.starts_at)::bigint), at, at
            FROM added a
            ON CONFLICT ON CONSTRAINT job_key DO NOTHING
        )
        SELECT count(*) AS meetings, max(due) AS due, (array_agg(id ORDER BY due DESC, id DESC))[1] AS id INTO last FROM due;
        is_all := is_all AND last.meetings < most;
        UPDATE reminder_leads
        SET swept_until = CASE WHEN last.meetings < most THEN upto ELSE last.due END,
            swept_to = CASE WHEN last.meetings < most THEN 'ffffffff-ffff-ffff-ffff-ffffffffffff' ELSE last.id END
        WHERE lead = l.lead;
    END LOOP;
    RETURN is_all;
END
$$;

-- What mails say, beside their words -----------------------------------------------------------------

-- A sealed value for a mail to open.
CREATE FUNCTION sealed_fact(person uuid, of_row uuid, of_column text, value bytea) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('person', person, 'row', of_row, 'column', of_column, 'value', value)
$$;

-- The words for what a job is about, of which the facts decide at the last moment. NULL: there is nothing to tell.
CREATE FUNCTION mail_template(asked text, payload jsonb, m meetings) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    told CONSTANT jsonb := meeting_told(m);
BEGIN
    RETURN CASE WHEN asked <> 'meeting_changed'      THEN asked
                WHEN told = payload -> 'was'         THEN NULL  -- and back again
                WHEN told ? 'off'                    THEN 'meeting_cancelled'
                WHEN payload -> 'was' ? 'off'        THEN 'meeting_on'
                ELSE 'meeting_changed' END;
END
$$;

-- Whether a reminder still holds: the meeting takes place when it did, and the person is coming and wants it.
CREATE FUNCTION reminder_holds(r registrations, m meetings, payload jsonb, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT r.state = 'confirmed' AND r.during @> m.date AND m.deleted_at IS NULL AND m.status <> 'cancelled'
       AND m.starts_at > at AND extract(epoch FROM m.starts_at)::bigint = (payload ->> 'starts')::bigint
       AND payload ->> 'lead' = ANY (coalesce(r.reminders, (settings_of(r.group_id)).reminders))
$$;

-- The facts of a mail: NULL if there is no reason for it any more, because what it tells is not so. `template` is the one
-- to take; `urgent`: it cannot wait for the end of the quiet hours.
CREATE FUNCTION mail_facts(asked text, person uuid, payload jsonb, at timestamptz) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    r        registrations;
    s        schedules;
    m        meetings;
    c        screenings;
    x        messages;
    template text;
    wake     timestamptz;
BEGIN
    IF asked IN ('overview', 'freshness') THEN
        RETURN CASE asked WHEN 'overview' THEN overview_facts(person, at) ELSE freshness_facts(person, at) END;
    END IF;
    SELECT * INTO r FROM registrations WHERE id = person;
    SELECT * INTO s FROM schedules WHERE id = r.schedule_id;
    SELECT * INTO m FROM meetings WHERE id = coalesce((payload ->> 'meeting_id')::uuid, r.meeting_id);
    SELECT * INTO c FROM screenings WHERE registration_id = person;
    SELECT * INTO x FROM messages WHERE id = (payload ->> 'message_id')::uuid AND text IS NOT NULL;
    template := mail_template(asked, payload, m);
    wake := quiet_until(at, s.time_zone);
    IF template IS NULL
       OR r.state IS DISTINCT FROM coalesce('{"confirm_address": "unconfirmed", "registered": "confirmed", "waiting": "waiting",
                                              "offered": "offered", "screening": "screening", "rejected": "rejected"}'::jsonb
                                            ->> template, r.state)
       OR (template LIKE 'meeting%' AND NOT is_live(r.state) AND r.action <> 'end')
       OR (template = 'message' AND x.id IS NULL)
       OR (template = 'reminder' AND NOT reminder_holds(r, m, payload, at)) THEN
        RETURN NULL;
    END IF;
    RETURN jsonb_strip_nulls(jsonb_build_object(
        'template', template,
        'urgent', CASE WHEN template LIKE 'meeting%' THEN
                           least(m.starts_at, to_timestamp((payload #>> '{was,starts}')::bigint)) < at + interval '24 hours'
                       WHEN template = 'reminder'    THEN wake > m.starts_at - interval '1 hour'
                       WHEN template = 'offered'     THEN wake > r.lapses_at - interval '2 hours'
                       WHEN r.state IS NOT NULL      THEN r.actor = 'person' AND r.updated_at > at - interval '15 minutes' END,
        'zone', s.time_zone,
        'when', CASE WHEN template = 'screening' THEN c.starts_at ELSE m.starts_at END,
        'before', CASE WHEN template = 'meeting_changed'
                       THEN nullif(to_timestamp((payload #>> '{was,starts}')::bigint), m.starts_at) END,
        'until', r.lapses_at,
        'meeting', m.id,
        'method', invitation_method(r, m, template),
        'sealed', CASE WHEN template = 'screening' AND c.place IS NOT NULL
                            THEN sealed_fact(r.id, r.id, 'screening_place', c.place)
                       WHEN template = 'rejected' AND r.reason IS NOT NULL
                            THEN sealed_fact(r.id, r.id, 'reason', r.reason)
                       WHEN template = 'message'
                            THEN sealed_fact(x.thread_id, x.id, 'text', x.text) END));
END
$$;

-- As what a mail carries its date, for calendar programs (RFC 5546); NULL: it does not. Whoever has subscribed to a calendar
-- has it there already.
CREATE FUNCTION invitation_method(r registrations, m meetings, template text) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN NOT p.invitations                THEN 'PUBLISH'
                WHEN template = 'meeting_cancelled'   THEN 'CANCEL'
                ELSE                                       'REQUEST' END
    FROM persons p
    WHERE p.id = r.id AND m.id IS NOT NULL
      AND template IN ('registered', 'meeting_changed', 'meeting_on', 'meeting_cancelled')
      AND NOT EXISTS (SELECT FROM feeds f WHERE f.person_id = r.id)
$$;

-- What a mail carries of a meeting, as feed_events has it: when it is, and nothing else. No other registration has its ids.
CREATE FUNCTION invitation_events(of uuid, meeting uuid)
RETURNS TABLE (schedule_id uuid, series_uid uuid, uid uuid, date date, zone text, starts bigint, ends bigint,
               starts_local bigint, ends_local bigint, planned_local bigint, status text, summary text,
               description text, location text, point text, conference text, path text, sequence bigint,
               modified bigint, rule text, anchor date, series_path text, series_sequence bigint,
               series_modified bigint)
LANGUAGE plpgsql STABLE ROWS 1 AS $$
BEGIN
    RETURN QUERY
    SELECT m.schedule_id, e.id, e.id, m.date, m.shown ->> 'time_zone',
           extract(epoch FROM m.starts_at)::bigint, extract(epoch FROM m.ends_at)::bigint,
           extract(epoch FROM m.starts_at_local)::bigint,
           extract(epoch FROM m.ends_at AT TIME ZONE (m.shown ->> 'time_zone'))::bigint,
           extract(epoch FROM m.starts_at_local)::bigint,
           CASE WHEN m.status = 'cancelled' OR m.deleted_at IS NOT NULL OR r.action = 'end' THEN 'CANCELLED' ELSE 'CONFIRMED' END,
           NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, e.path, m.revision + r.revision, e.modified,
           NULL::text, m.date, e.path, m.revision + r.revision, e.modified
    FROM registrations r, meetings m,
         LATERAL (SELECT md5('mail ' || r.id || ' ' || m.id)::uuid, '/v1/registrations/' || r.id,
                         extract(epoch FROM greatest(m.updated_at, r.updated_at))::bigint) AS e (id, path, modified)
    WHERE r.id = of AND m.id = meeting;
END
$$;

-- A mail that is to be written; see workers/sql/mails_read.sql. A function, for its plan stays: planning takes ten times as
-- long as all the rest.
CREATE FUNCTION mail_to_write(given jsonb, at timestamptz, recipient_id uuid)
RETURNS TABLE (template text, language text, contact bytea, _person uuid, _wrapping_id integer, _wrapping bytea,
               _wrapped bytea, role text, group_id uuid, links bigint, need text, wait_until timestamptz, capability_id uuid,
               facts jsonb, meeting_id uuid, method text, zone text, "when" text, before text, until text, sealed text, sealed_row text, sealed_column text,
               author uuid, author_wrapped bytea, author_wrapping_id integer, author_wrapping bytea)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH job AS (
        SELECT given AS payload, given ->> 'template' AS asked
    ), sign_in AS (
        SELECT c.id, c.person_id
        FROM job JOIN capabilities c ON c.id = (payload ->> 'capability_id')::uuid
        WHERE asked = 'sign_in' AND c.kind = 'sign_in' AND c.used_at IS NULL AND c.expires_at > at
    ), recipient AS (
        SELECT p.*, w.wrapped AS wrapping, s.id AS capability_id
        FROM job
        LEFT JOIN sign_in s ON true
        JOIN persons p ON p.id = CASE asked WHEN 'sign_in' THEN s.person_id ELSE recipient_id END
        JOIN wrapping_keys w ON w.id = p.wrapping_key
        WHERE p.contact IS NOT NULL
    ), told AS (
        SELECT r.*, facts, facts -> 'sealed' AS sealed, facts ->> 'zone' AS zone, k.name AS template, k.need,
               CASE WHEN k.waits AND NOT coalesce((facts ->> 'urgent')::boolean, false)
                    THEN quiet_until(at, coalesce(facts ->> 'zone', zone_of(r.group_id))) END AS wait_until
        FROM job
        CROSS JOIN recipient r
        CROSS JOIN mail_facts(asked, r.id, payload, at) AS facts
        JOIN mail_templates k ON k.name = coalesce(facts ->> 'template', asked)
        WHERE facts IS NOT NULL
          AND (r.mails = 'all' OR k.need = 'asked' OR k.need = r.mails)
    )
    SELECT coalesce(t.template, job.asked), t.language, t.contact, t.id AS _person, t.wrapping_key AS _wrapping_id,
           t.wrapping AS _wrapping, t.wrapped AS _wrapped, t.role, t.group_id, t.links, t.need, t.wait_until,
           t.capability_id, t.facts, (t.facts ->> 'meeting')::uuid AS meeting_id, t.facts ->> 'method' AS method, t.zone,
           to_char((t.facts ->> 'when')::timestamptz AT TIME ZONE t.zone, 'YYYYMMDDHH24MI') AS "when",
           to_char((t.facts ->> 'before')::timestamptz AT TIME ZONE t.zone, 'YYYYMMDDHH24MI') AS before,
           to_char((t.facts ->> 'until')::timestamptz AT TIME ZONE t.zone, 'YYYYMMDDHH24MI') AS until,
           t.sealed ->> 'value' AS sealed, t.sealed ->> 'row' AS sealed_row, t.sealed ->> 'column' AS sealed_column,
           a.id AS author, a.wrapped AS author_wrapped, w.id AS author_wrapping_id, w.wrapped AS author_wrapping
    FROM job
    LEFT JOIN told t ON true
    LEFT JOIN persons a ON a.id = (t.sealed ->> 'person')::uuid
    LEFT JOIN wrapping_keys w ON w.id = a.wrapping_key;
END
$$;

-- Where a group is in time: where its first series is.
CREATE FUNCTION zone_of(of uuid) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT s.time_zone FROM schedules s WHERE s.group_id = of AND s.deleted_at IS NULL ORDER BY s.id LIMIT 1),
                    'Europe/Berlin')
$$;

-- Addresses -------------------------------------------------------------------------------------------

-- Nothing is written to them any more. Which address it is, only whoever knows both it and our key can tell.
CREATE TABLE suppressed_addresses (
    address bytea PRIMARY KEY,          -- its keyed hash, the same every day
    since   timestamptz NOT NULL,
    status  text NOT NULL               -- the codes of SMTP and RFC 3463, never words: they quote addresses
        CHECK (status ~ '^[245][0-9]{2}( [245](\.[0-9]{1,3}){2})?$|^[245](\.[0-9]{1,3}){2}$')
);

-- How many mails an address was sent on a day that it has not asked for itself.
CREATE TABLE mails_counted (
    address bytea NOT NULL,
    day     date NOT NULL,
    sent    integer NOT NULL,
    PRIMARY KEY (address, day)
);

-- Mails that come back ------------------------------------------------------------------------------

-- What is suppressed is the address, wherever it is used; what is kept with a person says so to them and lets them lift it.
-- While an address takes mails nothing of it stands here: two persons with the same one have nothing that is equal.
ALTER TABLE persons
    ADD COLUMN suppressed bytea,        -- the address, as in suppressed_addresses, since a mail to them met that it is there
    ADD COLUMN bounced_at timestamptz;  -- when the mail was sent that came back: neither it nor an older one counts again

-- The address of a person takes no mails. False if that mail, or a later one, came back before, or they are gone.
CREATE FUNCTION address_suppress(of uuid, hash bytea, codes text, sent timestamptz, at timestamptz) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE persons p
    SET suppressed = hash, bounced_at = sent
    WHERE p.id = of AND p.erased_at IS NULL AND (p.bounced_at IS NULL OR p.bounced_at < sent);
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO suppressed_addresses (address, since, status) VALUES (hash, at, codes)
    ON CONFLICT (address) DO UPDATE SET since = EXCLUDED.since, status = EXCLUDED.status;
    RETURN true;
END
$$;

-- Whether a mail may go out: its job is still ours, its address takes mails, and has not had too many today. What people ask
-- for to show that an address is theirs goes to a suppressed one too, once an hour has passed: how else could they show that
-- it takes mails again? is_counted: it is none that was asked for.
CREATE FUNCTION mail_may_go(job bigint, held bigint, to_address bytea, is_counted boolean, at timestamptz,
                            OUT is_ours boolean, OUT is_suppressed boolean, OUT wait_until timestamptz)
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    suppressed_since timestamptz := (SELECT since FROM suppressed_addresses WHERE address = to_address);
BEGIN
    is_ours := EXISTS (SELECT FROM jobs WHERE id = job AND fence = held);
    is_suppressed := suppressed_since IS NOT NULL AND (is_counted OR suppressed_since >= at - interval '1 hour');
    IF suppressed_since IS NOT NULL THEN
        UPDATE persons p SET suppressed = to_address
        FROM jobs j
        WHERE j.id = job AND p.id = j.person_id AND p.erased_at IS NULL AND p.suppressed IS DISTINCT FROM to_address;
    END IF;
    IF is_ours AND NOT is_suppressed AND is_counted THEN
        INSERT INTO mails_counted AS c (address, day, sent) VALUES (to_address, at::date, 1)
        ON CONFLICT (address, day) DO UPDATE SET sent = c.sent + 1 WHERE c.sent < 20;
        wait_until := CASE WHEN NOT FOUND THEN at::date + 1 + time '08:00' END;
    END IF;
END
$$;

-- Whether the address of a person takes no mails, as they may know it: it is theirs, or it is their own mail that came back.
-- Nobody learns of an address by giving it.
CREATE FUNCTION contact_is_suppressed(person uuid) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM persons p JOIN suppressed_addresses s ON s.address = p.suppressed
                   WHERE p.id = person AND (p.email_confirmed_at IS NOT NULL OR p.bounced_at IS NOT NULL))
$$;

-- Whoever shows that an address is theirs, shows that mails arrive there; of whoever is erased nothing is left.
CREATE FUNCTION person_lift_suppression() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.erased_at IS NULL THEN
        DELETE FROM suppressed_addresses WHERE address = OLD.suppressed;
    ELSE
        NEW.bounced_at := NULL;
    END IF;
    NEW.suppressed := NULL;
    RETURN NEW;
END
$$;
CREATE TRIGGER lift_suppression BEFORE UPDATE OF email_confirmed_at, erased_at ON persons FOR EACH ROW
    EXECUTE FUNCTION person_lift_suppression();
