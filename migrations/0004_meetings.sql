-- 0004_meetings.sql: venues, series of meetings, each dated meeting as a row, exceptions to the series, and closures.

ALTER TABLE audit ADD COLUMN reason text;  -- why, where the writer says so

-- What follows from other rows is not a change of this one.
CREATE OR REPLACE FUNCTION changed_members(was jsonb, is_now jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(array_agg(key ORDER BY key), '{}')
    FROM jsonb_each(is_now) AS n
    WHERE n.value IS DISTINCT FROM was -> n.key
      AND n.key NOT IN ('revision', 'created_at', 'updated_at', 'writer', 'search', 'topic_keys', 'planned_until',
                        'found_at', 'is_listed', 'sentence', 'repeats')
$$;

CREATE OR REPLACE FUNCTION resource_log() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    members text[] := '{}';
    action  text := CASE
        WHEN TG_OP = 'INSERT'           THEN 'created'
        WHEN NEW.deleted_at IS NOT NULL THEN 'deleted'
        ELSE                                 'updated'
    END;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.revision = OLD.revision THEN
            RETURN NULL;
        END IF;
        members := array_remove(changed_members(to_jsonb(OLD), to_jsonb(NEW)), 'reason');
    END IF;
    INSERT INTO changes (at, resource, resource_id, revision, action)
    VALUES (NEW.updated_at, TG_ARGV[0], NEW.id, NEW.revision, action);
    INSERT INTO audit (at, writer, action, resource, resource_id, revision, members, reason)
    VALUES (NEW.updated_at, NEW.writer, action, TG_ARGV[0], NEW.id, NEW.revision, members, to_jsonb(NEW) ->> 'reason');
    RETURN NULL;
END
$$;

-- The names of columns that alone are no change, such as why somebody wrote, are arguments of the trigger.
CREATE OR REPLACE FUNCTION resource_revise() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF changed_members(to_jsonb(OLD), to_jsonb(NEW)) <@ coalesce(TG_ARGV, '{}') THEN
        NEW.updated_at := OLD.updated_at;
        NEW.writer := OLD.writer;
        RETURN NEW;
    END IF;
    NEW.revision := OLD.revision + 1;
    RETURN NEW;
END
$$;

-- Whether a caller keeps what belongs to an organisation: may write it, and sees all of it.
CREATE FUNCTION keeps(owner uuid, is_admin boolean, organisations uuid[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT is_admin OR coalesce(owner = ANY (organisations), false)
$$;

-- What stands against a write to something of a group, for the caller's sake: NULL if nothing does.
CREATE FUNCTION write_verdict(owner uuid, visibility text, is_admin boolean, is_partner boolean, organisations uuid[])
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN keeps(owner, is_admin, organisations)                             THEN NULL
                WHEN group_is_visible(visibility, owner, is_admin, is_partner, organisations) THEN 'forbidden'
                ELSE                                                                        'not-found' END
$$;

-- Time ----------------------------------------------------------------------------------------------

-- The one place where local time becomes an instant (RFC 5545, section 3.3.5): of two instants the first. PostgreSQL
-- takes the second, so the one before it is tried by the offset of the day before.
CREATE FUNCTION instant_of(local timestamp, zone text) RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    late  timestamptz := local AT TIME ZONE zone;
    early timestamptz := late - ((late - interval '24 hours') AT TIME ZONE zone + interval '24 hours'
                                 - late AT TIME ZONE zone);
BEGIN
    RETURN CASE WHEN early < late AND early AT TIME ZONE zone = local THEN early ELSE late END;
END
$$;

-- Whether a clock there never shows this time, because it was put forward over it.
CREATE FUNCTION is_in_gap(local timestamp, zone text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT local AT TIME ZONE zone AT TIME ZONE zone <> local
$$;

-- Up to which day meetings are planned as rows: 18 months, and a week in which nobody has to plan further.
CREATE FUNCTION horizon(at timestamptz) RETURNS date
LANGUAGE sql STABLE AS $$
    SELECT (at AT TIME ZONE 'UTC' + interval '18 months 7 days')::date
$$;

-- A duration as the API writes it: PT1H30M.
CREATE FUNCTION duration_text(length interval) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    minutes integer := extract(epoch FROM length)::integer / 60;
BEGIN
    RETURN 'PT' || CASE WHEN minutes >= 60 THEN minutes / 60 || 'H' ELSE '' END
                || CASE WHEN minutes % 60 > 0 OR minutes = 0 THEN minutes % 60 || 'M' ELSE '' END;
END
$$;

-- A local time as the API writes it.
CREATE FUNCTION local_text(local timestamp) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_char(local, 'YYYY-MM-DD"T"HH24:MI:SS')
$$;

-- Venues --------------------------------------------------------------------------------------------

CREATE TABLE venues (
    id              uuid PRIMARY KEY DEFAULT uuid_v7(runde_now()),
    organisation_id uuid NOT NULL CONSTRAINT venue_organisation REFERENCES organisations (id),
    name            text NOT NULL,
    setting         text NOT NULL,
    country         text NOT NULL,
    region          text,
    postcode        text,
    town            text,
    street          text,
    point           geography (Point, 4326),
    point_follows   boolean NOT NULL DEFAULT false,  -- from the postcode
    region_follows  boolean NOT NULL DEFAULT false,
    town_follows    boolean NOT NULL DEFAULT false,
    accessibility   text[] NOT NULL DEFAULT '{}',
    directions      text,
    disclosure      text NOT NULL CONSTRAINT venue_disclosure CHECK (disclosure IN ('public', 'area', 'accepted')),
    found_at        geography (Point, 4326),  -- what anybody may learn by searching, and nothing more exact
    revision        bigint NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL DEFAULT runde_now(),
    updated_at      timestamptz NOT NULL DEFAULT runde_now(),
    deleted_at      timestamptz,
    writer          jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT venue_region CHECK (split_part(region, '-', 1) = country)
);
CREATE INDEX venues_by_organisation ON venues (organisation_id);
CREATE INDEX venues_by_name ON venues (
    (disclosure <> 'public'), (CASE disclosure WHEN 'public' THEN name ELSE '' END COLLATE "und-x-icu"), id)
    WHERE deleted_at IS NULL;

-- The middle of the square of a grid, of about five kilometres, that a point lies in: the same for all points in it,
-- so that no number of questions tells more.
CREATE FUNCTION coarse(point geography) RETURNS geography
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT point_of(floor(least(ST_Y(point::geometry), 89.99) * 20) / 20 + 0.025,
                    floor(least(ST_X(point::geometry), 179.99) * 20) / 20 + 0.025)
$$;

-- Before a write: what follows from the address, and what of the place anybody may find.
CREATE FUNCTION venue_derive() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    place postcodes;
BEGIN
    IF NEW.deleted_at IS NOT NULL THEN
        IF EXISTS (SELECT FROM schedules s WHERE s.venue_id = NEW.id AND s.deleted_at IS NULL)
           OR EXISTS (SELECT FROM meetings m JOIN schedules s ON s.id = m.schedule_id
                      WHERE m.venue_id = NEW.id AND m.deleted_at IS NULL AND m.ends_at > NEW.deleted_at
                        AND s.planned_until <> '-infinity')
           OR EXISTS (SELECT FROM exceptions e JOIN schedules s ON s.id = e.schedule_id
                      WHERE e.venue_id = NEW.id AND e.date > NEW.deleted_at - interval '1 day'
                        AND s.deleted_at IS NULL) THEN
            PERFORM refuse('venue_in_use');
        END IF;
        RETURN NEW;
    END IF;
    PERFORM FROM organisations o WHERE o.id = NEW.organisation_id AND o.deleted_at IS NULL FOR KEY SHARE;
    IF NOT FOUND THEN
        PERFORM refuse('venue_organisation');
    END IF;
    SELECT * INTO place
    FROM postcodes p
    WHERE p.country = NEW.country AND p.postcode = NEW.postcode
    ORDER BY p.town <> coalesce(NEW.town, ''), p.town
    LIMIT 1;
    NEW.point_follows := NEW.point IS NULL;
    NEW.town_follows := NEW.town IS NULL;
    NEW.region_follows := NEW.region IS NULL;
    NEW.point := coalesce(NEW.point, place.point);
    NEW.town := coalesce(NEW.town, place.town);
    NEW.region := coalesce(NEW.region, region_of_postcode(place.country, place.region_code), NEW.country);
    NEW.found_at := CASE NEW.disclosure WHEN 'public' THEN NEW.point WHEN 'area' THEN coarse(NEW.point) END;
    RETURN NEW;
END
$$;

-- What keeps venues stays, as what keeps groups does.
CREATE OR REPLACE FUNCTION organisation_guard() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.deleted_at IS NOT NULL THEN
        IF EXISTS (SELECT FROM organisations c WHERE c.parent_id = NEW.id AND c.deleted_at IS NULL)
           OR EXISTS (SELECT FROM groups g WHERE NEW.id IN (g.organisation_id, g.supported_by_id) AND g.deleted_at IS NULL)
           OR EXISTS (SELECT FROM venues v WHERE v.organisation_id = NEW.id AND v.deleted_at IS NULL)
        THEN
            PERFORM refuse('organisation_in_use');
        END IF;
    ELSIF NEW.parent_id IS NOT NULL AND (TG_OP = 'INSERT' OR NEW.parent_id IS DISTINCT FROM OLD.parent_id) THEN
        PERFORM pg_advisory_xact_lock(hashtext('tree of organisations'));
        PERFORM FROM organisations p WHERE p.id = NEW.parent_id AND p.deleted_at IS NULL FOR KEY SHARE;
        IF NOT FOUND OR NEW.parent_id = ANY (organisations_below(NEW.id)) THEN
            PERFORM refuse('organisation_parent');
        END IF;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER derive BEFORE INSERT OR UPDATE ON venues FOR EACH ROW EXECUTE FUNCTION venue_derive();
CREATE TRIGGER revise BEFORE UPDATE ON venues FOR EACH ROW EXECUTE FUNCTION resource_revise();
CREATE TRIGGER log AFTER INSERT OR UPDATE ON venues FOR EACH ROW EXECUTE FUNCTION resource_log('venue');

-- A NewVenue as a row.
CREATE FUNCTION venue_of(body jsonb) RETURNS venues
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN jsonb_populate_record(NULL::venues, jsonb_build_object('accessibility', jsonb_build_array())
        || body
        || (body -> 'address')
        || CASE WHEN body -> 'point' IS NULL THEN '{}' ELSE jsonb_build_object(
               'point', format('SRID=4326;POINT(%s %s)', body #>> '{point,lon}', body #>> '{point,lat}')) END);
END
$$;

-- A venue as the NewVenue that would make it.
CREATE FUNCTION venue_body(v venues) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_strip_nulls(json_build_object(
        'name', v.name, 'setting', v.setting,
        'address', json_build_object('country', v.country, 'region', CASE WHEN NOT v.region_follows THEN v.region END,
                                     'postcode', v.postcode, 'town', CASE WHEN NOT v.town_follows THEN v.town END,
                                     'street', v.street),
        'point', CASE WHEN NOT v.point_follows THEN point_json(v.point) END,
        'accessibility', v.accessibility, 'directions', v.directions, 'disclosure', v.disclosure,
        'organisation_id', v.organisation_id))
$$;

-- What a reader may know of a place: with `area` a coarse point and the town, with `accepted` the town. Whoever keeps
-- it knows all. NULL members are left out by whoever builds a document of it.
CREATE FUNCTION venue_place(v venues, sees_all boolean) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN json_build_object(
        'name',          CASE WHEN sees_all OR v.disclosure = 'public' THEN v.name END,
        'setting',       CASE WHEN sees_all OR v.disclosure <> 'accepted' THEN v.setting END,
        'address',       json_build_object(
            'country',  v.country,
            'region',   v.region,
            'postcode', CASE WHEN sees_all OR v.disclosure = 'public' THEN v.postcode END,
            'town',     v.town,
            'street',   CASE WHEN sees_all OR v.disclosure = 'public' THEN v.street END),
        'point',         point_json(CASE WHEN sees_all THEN v.point ELSE v.found_at END),
        'precision',     CASE WHEN v.point IS NULL OR (NOT sees_all AND v.found_at IS NULL) THEN NULL
                              WHEN NOT sees_all AND v.disclosure = 'area' THEN 'area'
                              WHEN v.point_follows THEN 'postcode'
                              ELSE 'street' END,
        'accessibility', v.accessibility,
        'directions',    CASE WHEN sees_all OR v.disclosure = 'public' THEN v.directions END,
        'disclosure',    v.disclosure);
END
$$;

CREATE FUNCTION venue_document(v venues, sees_all boolean) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_strip_nulls((jsonb_build_object('id', v.id, 'organisation_id', v.organisation_id)
                             || venue_place(v, sees_all)::jsonb
                             || jsonb_build_object('revision', v.revision, 'created_at', instant(v.created_at),
                                                   'updated_at', instant(v.updated_at)))::json)
$$;

-- Series --------------------------------------------------------------------------------------------

CREATE TABLE schedules (
    id              uuid PRIMARY KEY DEFAULT uuid_v7(runde_now()),
    group_id        uuid NOT NULL CONSTRAINT schedule_group REFERENCES groups (id),
    follows_id      uuid REFERENCES schedules (id),  -- of which it was split
    starts_at_local timestamp NOT NULL,
    time_zone       text NOT NULL,
    duration        interval NOT NULL,
    rules           text[] NOT NULL DEFAULT '{}',    -- RRULEs without UNTIL and COUNT; none: a single meeting
    repeats         jsonb,                           -- the same in the simple form, where it can say it
    until           date,
    sessions        integer,
    sentence        jsonb,                           -- in words, by language
    holidays        text NOT NULL DEFAULT 'meet',
    holiday_region  text,
    kind            text NOT NULL DEFAULT 'regular',
    title           text,
    note            text,
    format          text NOT NULL,
    venue_id        uuid CONSTRAINT schedule_venue REFERENCES venues (id),
    online          jsonb,
    capacity        integer,
    newcomer_places integer,
    registration    jsonb,
    planned_until   date NOT NULL DEFAULT '-infinity',  -- up to here its meetings are rows; -infinity: plan it anew
    region          text,                               -- whose holidays and closures hold
    topic_keys      text[] NOT NULL DEFAULT '{}',       -- of its group
    found_at        geography (Point, 4326),            -- of its venue, or else of its group
    is_listed       boolean NOT NULL DEFAULT false,     -- whether anybody finds its group without asking for more
    reason          text,
    revision        bigint NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL DEFAULT runde_now(),
    updated_at      timestamptz NOT NULL DEFAULT runde_now(),
    deleted_at      timestamptz,
    writer          jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT schedule_end CHECK (until >= starts_at_local::date),
    CONSTRAINT schedule_places CHECK (newcomer_places <= capacity)
);
CREATE INDEX schedules_by_group ON schedules (group_id);
CREATE INDEX schedules_by_venue ON schedules (venue_id) WHERE venue_id IS NOT NULL;
CREATE INDEX schedules_to_plan ON schedules (planned_until) WHERE deleted_at IS NULL;
CREATE INDEX schedules_by_topic ON schedules USING gin (topic_keys);
CREATE INDEX schedules_by_point ON schedules USING gist (found_at);

-- One date of a series that is not as planned. NULL: as planned.
CREATE TABLE exceptions (
    schedule_id     uuid NOT NULL REFERENCES schedules (id),
    date            date NOT NULL,
    cancelled       boolean NOT NULL DEFAULT false,
    starts_at_local timestamp,
    duration        interval,
    format          text,
    venue_id        uuid CONSTRAINT exception_venue REFERENCES venues (id),
    online          jsonb,
    title           text,
    note            text,
    reason          text,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    writer          jsonb NOT NULL,
    PRIMARY KEY (schedule_id, date)
);
CREATE INDEX exceptions_by_venue ON exceptions (venue_id) WHERE venue_id IS NOT NULL;

-- Days on which a venue is shut, or nobody meets at a place in a region.
CREATE TABLE closures (
    id              uuid PRIMARY KEY DEFAULT uuid_v7(runde_now()),
    organisation_id uuid CONSTRAINT closure_organisation REFERENCES organisations (id),  -- NULL: for all groups
    venue_id        uuid CONSTRAINT closure_venue REFERENCES venues (id),
    region          text,
    first           date NOT NULL,
    last            date NOT NULL,
    note            text,
    reason          text,
    revision        bigint NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL DEFAULT runde_now(),
    updated_at      timestamptz NOT NULL DEFAULT runde_now(),
    deleted_at      timestamptz,
    writer          jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT closure_order CHECK (first <= last),
    CONSTRAINT closure_of_one CHECK ((venue_id IS NULL) <> (region IS NULL))
);
CREATE INDEX closures_by_venue ON closures (venue_id) WHERE deleted_at IS NULL;
CREATE INDEX closures_by_region ON closures (last) WHERE deleted_at IS NULL AND region IS NOT NULL;

-- Each dated meeting. Its id stays as long as its series has the date, and comes back with it.
CREATE TABLE meetings (
    id              uuid PRIMARY KEY,
    schedule_id     uuid NOT NULL,  -- series and groups never go, they are marked as gone
    group_id        uuid NOT NULL,
    date            date NOT NULL,  -- on which its series has it, wherever it was moved to
    starts_at_local timestamp NOT NULL,
    starts_at       timestamptz NOT NULL,
    ends_at         timestamptz NOT NULL,
    status          text NOT NULL,
    format          text NOT NULL,
    venue_id        uuid,
    closure_id      uuid,           -- by which it was cancelled, or switched to online
    shown           jsonb NOT NULL,  -- what else shows of it: of what has been, as it was then
    revision        bigint NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    deleted_at      timestamptz,
    CONSTRAINT meeting_date UNIQUE (schedule_id, date)
);
CREATE INDEX meetings_by_group ON meetings (group_id, starts_at);
CREATE INDEX meetings_by_start ON meetings (starts_at, id);
CREATE INDEX meetings_by_venue ON meetings (venue_id, starts_at) WHERE venue_id IS NOT NULL;

-- Whether a closure of a region holds where a series is: in that region or a part of it, for the groups of those who
-- closed it.
CREATE FUNCTION closure_covers(c closures, s schedules, place text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN c.region IN (coalesce(place, s.region), split_part(coalesce(place, s.region), '-', 1))
       AND (c.organisation_id IS NULL
            OR EXISTS (SELECT FROM groups g
                       WHERE g.id = s.group_id AND g.organisation_id = ANY (organisations_below(c.organisation_id))));
END
$$;

CREATE FUNCTION meetings_log_created() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes (at, resource, resource_id, revision, action)
    SELECT updated_at, 'meeting', id, revision, 'created' FROM written;
    RETURN NULL;
END
$$;

CREATE FUNCTION meetings_log_updated() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes (at, resource, resource_id, revision, action)
    SELECT updated_at, 'meeting', id, revision, CASE WHEN deleted_at IS NULL THEN 'updated' ELSE 'deleted' END
    FROM written;
    RETURN NULL;
END
$$;

CREATE TRIGGER log_created AFTER INSERT ON meetings REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION meetings_log_created();
CREATE TRIGGER log_updated AFTER UPDATE ON meetings REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION meetings_log_updated();

-- How the meeting of one date of a series is to be, all things considered. Inlined into what calls it.
CREATE FUNCTION meeting_plan(s schedules, planned date)
RETURNS TABLE (starts_at_local timestamp, starts_at timestamptz, ends_at timestamptz, status text, format text,
               venue_id uuid, closure_id uuid, shown jsonb)
LANGUAGE sql STABLE AS $$
    SELECT
        w.local,
        w.instant,
        w.instant + w.duration,
        CASE WHEN e.cancelled OR (c.id IS NOT NULL AND w.format = 'in_person') THEN 'cancelled'
             WHEN c.id IS NOT NULL                                             THEN 'moved'
             WHEN (w.local, w.format, w.venue_id)
                  IS DISTINCT FROM (planned + s.starts_at_local::time, s.format,
                                    CASE WHEN s.format IN ('in_person', 'hybrid') THEN s.venue_id END)
                                                                               THEN 'moved'
             ELSE                                                                   'scheduled' END,
        CASE WHEN c.id IS NOT NULL AND w.format = 'hybrid' THEN 'online' ELSE w.format END,
        CASE WHEN c.id IS NULL OR w.format = 'in_person' THEN w.venue_id END,
        c.id,
        jsonb_strip_nulls(jsonb_build_object(
            'kind', s.kind, 'title', coalesce(e.title, s.title), 'note', coalesce(e.note, s.note),
            'online', coalesce(e.online, s.online), 'capacity', s.capacity, 'newcomer_places', s.newcomer_places,
            'registration', s.registration, 'time_zone', s.time_zone, 'reason', e.reason, 'venue_revision', v.revision,
            'planned_at_local', CASE WHEN w.local <> planned + s.starts_at_local::time
                                     THEN local_text(planned + s.starts_at_local::time) END))
    FROM (SELECT planned AS date) AS d
    LEFT JOIN exceptions e ON e.schedule_id = s.id AND e.date = d.date
    CROSS JOIN LATERAL (
        SELECT coalesce(e.starts_at_local, d.date + s.starts_at_local::time) AS local,
               instant_of(coalesce(e.starts_at_local, d.date + s.starts_at_local::time), s.time_zone) AS instant,
               coalesce(e.duration, s.duration) AS duration,
               coalesce(e.format, s.format) AS format,
               CASE WHEN coalesce(e.format, s.format) IN ('in_person', 'hybrid')
                    THEN coalesce(e.venue_id, s.venue_id) END AS venue_id
        OFFSET 0) AS w  -- computed once, wherever it is used
    LEFT JOIN venues v ON v.id = w.venue_id
    LEFT JOIN LATERAL (
        SELECT c.id
        FROM closures c
        WHERE c.deleted_at IS NULL
          AND w.format IN ('in_person', 'hybrid')
          AND w.local::date BETWEEN c.first AND c.last
          AND (c.venue_id = w.venue_id
               OR (c.region IS NOT NULL AND closure_covers(c, s, v.region)))
        ORDER BY c.id
        LIMIT 1) AS c ON true
$$;

-- Writes the meetings of a series on some dates as they are to be. Those that have begun stay as they were.
CREATE FUNCTION meetings_write(s schedules, dates date[], at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('closures'));
    INSERT INTO meetings AS m (id, schedule_id, group_id, date, starts_at_local, starts_at, ends_at, status, format,
                               venue_id, closure_id, shown, created_at, updated_at)
    SELECT uuid_v7(at), s.id, s.group_id, d.date, p.starts_at_local, p.starts_at, p.ends_at, p.status, p.format,
           p.venue_id, p.closure_id, p.shown, at, at
    FROM unnest(dates) AS d (date), LATERAL meeting_plan(s, d.date) AS p
    WHERE p.starts_at > at
       OR EXISTS (SELECT FROM meetings old WHERE old.schedule_id = s.id AND old.date = d.date AND old.starts_at > at)
    ON CONFLICT (schedule_id, date) DO UPDATE
    SET starts_at_local = EXCLUDED.starts_at_local, starts_at = EXCLUDED.starts_at, ends_at = EXCLUDED.ends_at,
        status = EXCLUDED.status, format = EXCLUDED.format, venue_id = EXCLUDED.venue_id,
        closure_id = EXCLUDED.closure_id, shown = EXCLUDED.shown, deleted_at = NULL, updated_at = EXCLUDED.updated_at,
        revision = m.revision + 1
    WHERE m.starts_at > at
      AND (m.starts_at_local, m.starts_at, m.ends_at, m.status, m.format, m.venue_id, m.closure_id, m.shown, m.deleted_at)
          IS DISTINCT FROM (EXCLUDED.starts_at_local, EXCLUDED.starts_at, EXCLUDED.ends_at, EXCLUDED.status,
                            EXCLUDED.format, EXCLUDED.venue_id, EXCLUDED.closure_id, EXCLUDED.shown, NULL);
END
$$;

-- The dates of a series out of those that its rules make: without times that no clock shows (RFC 5545, section 3.3.10),
-- as many as it has sessions, then without holidays. Sessions are counted from its first date.
CREATE FUNCTION schedule_dates(s schedules, dates date[]) RETURNS TABLE (date date, holiday jsonb)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT k.date, h.names
    FROM (SELECT d.date, row_number() OVER (ORDER BY d.date) AS number
          FROM unnest(dates) AS d (date)
          WHERE NOT is_in_gap(d.date + s.starts_at_local::time, s.time_zone)) AS k
    LEFT JOIN (SELECT b.date, b.names
               FROM holidays_between(s.region, dates[1], dates[cardinality(dates)]) AS b
               WHERE s.holidays = 'skip' AND NOT b.partial) AS h ON h.date = k.date
    WHERE k.number <= coalesce(s.sessions, k.number)
    ORDER BY k.date;
END
$$;

-- Plans a series anew: its meetings from now to the horizon are those of these dates, and no others. A single meeting
-- is planned however far it is.
-- dates: what its rules make, from its first date if sessions are counted, else from since; beyond the horizon too
CREATE FUNCTION schedule_plan(s schedules, dates date[], since date, at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    planned date[] := ARRAY(SELECT d.date FROM schedule_dates(s, dates) AS d
                            WHERE d.holiday IS NULL AND d.date >= since
                              AND (s.rules = '{}' OR d.date <= horizon(at)));
    moved   date[] := ARRAY(SELECT m.date FROM meetings m  -- from before, to a day that is still to come
                            WHERE m.schedule_id = s.id AND m.deleted_at IS NULL AND m.date < since AND m.starts_at > at);
BEGIN
    PERFORM meetings_write(s, planned || moved, at);
    UPDATE meetings m
    SET deleted_at = at, updated_at = at, revision = m.revision + 1
    WHERE m.schedule_id = s.id AND m.deleted_at IS NULL AND m.starts_at > at
      AND m.date >= since AND NOT m.date = ANY (planned);
END
$$;

-- Plans a series that was just added, which is not over yet.
CREATE FUNCTION schedule_begin(s schedules, dates date[], since date, at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM schedule_dates(s, dates) AS d
                   WHERE instant_of(d.date + s.starts_at_local::time, s.time_zone) > at) THEN
        PERFORM refuse('schedule_over');
    END IF;
    PERFORM schedule_plan(s, dates, since, at);
END
$$;

-- Series that are not planned up to the horizon, or that nobody has described yet, with what C needs to do it. Each
-- plans from the first date, if it counts sessions, else from where it left off.
CREATE FUNCTION schedules_due(at timestamptz, most integer)
RETURNS TABLE (id uuid, start date, start_minute integer, minutes integer, until date, sessions integer,
               skips_holidays boolean, rules text[], since date, horizon date)
LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY
    SELECT s.id, s.starts_at_local::date, (extract(epoch FROM s.starts_at_local::time) / 60)::integer,
           (extract(epoch FROM s.duration) / 60)::integer, s.until, s.sessions, s.holidays = 'skip', s.rules,
           CASE WHEN s.sessions IS NOT NULL THEN s.starts_at_local::date
                ELSE greatest(s.planned_until + 1, (at AT TIME ZONE 'UTC')::date - 1) END,
           horizon(at)
    FROM schedules s
    WHERE s.deleted_at IS NULL AND s.planned_until < horizon(at) - 7
    ORDER BY s.planned_until
    LIMIT most
    FOR UPDATE SKIP LOCKED;
END
$$;

-- Plans series further by what C found out: [{id, dates, repeats, sentence}]; what is planned stays. Returns how many.
CREATE FUNCTION schedules_extend(plans jsonb, at timestamptz) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    plan  jsonb;
    s     schedules;
    dates date[];
BEGIN
    FOR plan IN SELECT value FROM jsonb_array_elements(plans) ORDER BY value ->> 'id' LOOP
        SELECT * INTO s FROM schedules x WHERE x.id = (plan ->> 'id')::uuid AND x.deleted_at IS NULL FOR UPDATE;
        CONTINUE WHEN NOT FOUND;
        dates := (plan ->> 'dates')::date[];
        IF s.planned_until = '-infinity' THEN
            PERFORM schedule_plan(s, dates, (at AT TIME ZONE 'UTC')::date - 1, at);
        ELSE
            PERFORM meetings_write(s, ARRAY(
                SELECT d.date
                FROM schedule_dates(s, dates) AS d
                WHERE d.holiday IS NULL AND d.date > s.planned_until AND d.date <= horizon(at)), at);
        END IF;
        UPDATE schedules x
        SET planned_until = CASE WHEN s.rules = '{}' OR s.until <= horizon(at) THEN 'infinity' ELSE horizon(at) END,
            repeats = coalesce(x.repeats, nullif(plan -> 'repeats', 'null')),
            sentence = coalesce(x.sentence, nullif(plan -> 'sentence', 'null'))
        WHERE x.id = s.id;
    END LOOP;
    RETURN jsonb_array_length(plans);
END
$$;

-- Brings the meetings of some series into line with exceptions, venues and closures, between two dates of theirs.
CREATE FUNCTION meetings_refresh(of uuid[], since date, until date, at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    s schedules;
BEGIN
    FOR s IN SELECT * FROM schedules WHERE id = ANY (of) AND deleted_at IS NULL ORDER BY id FOR UPDATE LOOP
        PERFORM meetings_write(s, ARRAY(
            SELECT m.date FROM meetings m
            WHERE m.schedule_id = s.id AND m.deleted_at IS NULL AND m.starts_at > at
              AND m.starts_at_local::date BETWEEN since AND until), at);
    END LOOP;
END
$$;

-- When the law of a zone has changed, its clocks still show the same: instants follow local times. Returns how many did.
CREATE FUNCTION meetings_follow_clocks(at timestamptz) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    corrected bigint;
BEGIN
    WITH kept AS MATERIALIZED (
        SELECT DISTINCT s.time_zone, m.starts_at_local, m.starts_at
        FROM meetings m JOIN schedules s ON s.id = m.schedule_id
        WHERE m.starts_at > at AND m.deleted_at IS NULL
    ), wrong AS MATERIALIZED (
        SELECT kept.*, instant_of(starts_at_local, time_zone) AS instant
        FROM kept
        WHERE starts_at <> instant_of(starts_at_local, time_zone)
    )
    UPDATE meetings m
    SET starts_at = wrong.instant, ends_at = m.ends_at + (wrong.instant - m.starts_at), updated_at = at,
        revision = m.revision + 1
    FROM wrong, schedules s
    WHERE m.starts_at = wrong.starts_at AND m.starts_at_local = wrong.starts_at_local AND m.deleted_at IS NULL
      AND s.id = m.schedule_id AND s.time_zone = wrong.time_zone;
    GET DIAGNOSTICS corrected = ROW_COUNT;
    RETURN corrected;
END
$$;

-- Before a write: what a series refers to is there, and what it is found by.
CREATE FUNCTION schedule_derive() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    its_group groups;
    venue     venues;
BEGIN
    IF NEW.deleted_at IS NOT NULL THEN
        RETURN NEW;
    END IF;
    SELECT * INTO its_group FROM groups g WHERE g.id = NEW.group_id FOR KEY SHARE;
    SELECT * INTO venue FROM venues v WHERE v.id = NEW.venue_id AND v.deleted_at IS NULL FOR KEY SHARE;
    NEW.topic_keys := its_group.topic_keys;
    NEW.found_at := coalesce(venue.found_at, its_group.point);
    NEW.is_listed := its_group.deleted_at IS NULL AND its_group.visibility = 'public'
                     AND its_group.status IN ('founding', 'active');
    NEW.region := coalesce(NEW.holiday_region, venue.region, (
        SELECT region_of_postcode(p.country, p.region_code)
        FROM postcodes p
        WHERE p.country = its_group.country AND p.postcode = its_group.postcode
        LIMIT 1), its_group.country);
    IF TG_OP = 'UPDATE' THEN
        IF NEW.holidays = 'skip' AND NEW.region IS DISTINCT FROM OLD.region AND NEW.planned_until = OLD.planned_until THEN
            NEW.planned_until := '-infinity';  -- other holidays: planned anew when the horizon is next kept
        END IF;
        IF (NEW.starts_at_local, NEW.time_zone, NEW.venue_id, NEW.holidays, NEW.holiday_region)
           IS NOT DISTINCT FROM (OLD.starts_at_local, OLD.time_zone, OLD.venue_id, OLD.holidays, OLD.holiday_region) THEN
            RETURN NEW;
        END IF;
    END IF;
    IF NEW.venue_id IS NOT NULL AND venue.id IS NULL THEN
        PERFORM refuse('schedule_venue');
    END IF;
    IF is_in_gap(NEW.starts_at_local, NEW.time_zone) THEN
        PERFORM refuse('schedule_gap');
    END IF;
    IF (NEW.holidays = 'skip' OR NEW.holiday_region IS NOT NULL) AND NOT coalesce(region_is_known(NEW.region), false) THEN
        PERFORM refuse('schedule_region');
    END IF;
    RETURN NEW;
END
$$;

-- After a series went: its meetings go too, unless they have begun.
CREATE FUNCTION schedule_clear() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE meetings m
    SET deleted_at = NEW.deleted_at, updated_at = NEW.deleted_at, revision = m.revision + 1
    WHERE m.schedule_id = NEW.id AND m.deleted_at IS NULL AND m.starts_at > NEW.deleted_at;
    RETURN NULL;
END
$$;

CREATE TRIGGER derive BEFORE INSERT OR UPDATE ON schedules FOR EACH ROW EXECUTE FUNCTION schedule_derive();
CREATE TRIGGER revise BEFORE UPDATE ON schedules FOR EACH ROW EXECUTE FUNCTION resource_revise('reason');
CREATE TRIGGER log AFTER INSERT OR UPDATE ON schedules FOR EACH ROW EXECUTE FUNCTION resource_log('schedule');
CREATE TRIGGER clear AFTER UPDATE ON schedules FOR EACH ROW
    WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL) EXECUTE FUNCTION schedule_clear();

-- After a group changed: its series are found by its topics and place, and go with it.
CREATE FUNCTION group_lead_schedules() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
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
CREATE TRIGGER lead_schedules AFTER UPDATE ON groups FOR EACH ROW
    WHEN ((OLD.topic_keys, OLD.point::text, OLD.postcode, OLD.visibility, OLD.status, OLD.organisation_id, OLD.deleted_at)
          IS DISTINCT FROM (NEW.topic_keys, NEW.point::text, NEW.postcode, NEW.visibility, NEW.status,
                            NEW.organisation_id, NEW.deleted_at))
    EXECUTE FUNCTION group_lead_schedules();

-- After a venue changed: the series there are found where it is now, and their meetings show it.
CREATE FUNCTION venue_lead_schedules() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    met_here uuid[] := ARRAY(SELECT id FROM schedules WHERE venue_id = NEW.id AND deleted_at IS NULL
                             UNION
                             SELECT schedule_id FROM exceptions WHERE venue_id = NEW.id);
BEGIN
    UPDATE schedules SET updated_at = NEW.updated_at, writer = NEW.writer WHERE venue_id = NEW.id AND deleted_at IS NULL;
    PERFORM meetings_refresh(met_here, '-infinity', 'infinity', NEW.updated_at);
    RETURN NULL;
END
$$;
CREATE TRIGGER lead_schedules AFTER UPDATE ON venues FOR EACH ROW
    WHEN (OLD.revision <> NEW.revision AND NEW.deleted_at IS NULL) EXECUTE FUNCTION venue_lead_schedules();

-- Before a write: what a closure refers to is there. While it is written nobody plans meetings that it would not see.
CREATE FUNCTION closure_check() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('closures'));
    IF NEW.deleted_at IS NOT NULL THEN
        RETURN NEW;
    END IF;
    IF NEW.venue_id IS NOT NULL THEN
        PERFORM FROM venues v WHERE v.id = NEW.venue_id AND v.deleted_at IS NULL FOR KEY SHARE;
        IF NOT FOUND THEN
            PERFORM refuse('closure_venue');
        END IF;
    END IF;
    IF NEW.organisation_id IS NOT NULL THEN
        PERFORM FROM organisations o WHERE o.id = NEW.organisation_id AND o.deleted_at IS NULL FOR KEY SHARE;
        IF NOT FOUND THEN
            PERFORM refuse('closure_organisation');
        END IF;
    END IF;
    IF NEW.region IS NOT NULL AND NOT region_is_known(NEW.region) THEN
        PERFORM refuse('closure_region');
    END IF;
    RETURN NEW;
END
$$;

-- After a closure was written: what it covers now, and what it covered before. A region is that of where each meeting
-- is, as in meeting_plan().
CREATE FUNCTION closure_apply() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    opens date := least(NEW.first, CASE WHEN TG_OP = 'UPDATE' THEN OLD.first END);
    ends  date := greatest(NEW.last, CASE WHEN TG_OP = 'UPDATE' THEN OLD.last END);
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.revision = OLD.revision THEN
        RETURN NULL;
    END IF;
    PERFORM meetings_refresh(ARRAY(
        SELECT DISTINCT m.schedule_id
        FROM meetings m
        JOIN schedules s ON s.id = m.schedule_id
        LEFT JOIN venues v ON v.id = m.venue_id
        WHERE m.deleted_at IS NULL
          AND m.starts_at BETWEEN greatest(opens - interval '1 day', NEW.updated_at) AND ends + interval '2 days'
          AND (m.closure_id = NEW.id OR m.venue_id = NEW.venue_id
               OR (NEW.region IS NOT NULL AND m.format IN ('in_person', 'hybrid')
                   AND closure_covers(NEW, s, v.region)))),
        opens, ends, NEW.updated_at);
    RETURN NULL;
END
$$;

CREATE TRIGGER check_references BEFORE INSERT OR UPDATE ON closures FOR EACH ROW EXECUTE FUNCTION closure_check();
CREATE TRIGGER revise BEFORE UPDATE ON closures FOR EACH ROW EXECUTE FUNCTION resource_revise();
CREATE TRIGGER log AFTER INSERT OR UPDATE ON closures FOR EACH ROW EXECUTE FUNCTION resource_log('closure');
CREATE TRIGGER publish AFTER INSERT OR UPDATE ON closures FOR EACH ROW EXECUTE FUNCTION closure_apply();

-- Who keeps a closure: whoever keeps the venue, or the organisation for whose groups it is. NULL: only the operator.
CREATE FUNCTION closure_keeper(c closures) RETURNS uuid
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN c.venue_id IS NULL THEN c.organisation_id
                ELSE (SELECT v.organisation_id FROM venues v WHERE v.id = c.venue_id) END
$$;

-- A NewClosure as a row. A region is closed for the groups of `usual`, unless the body says for whose.
CREATE FUNCTION closure_of(body jsonb, usual uuid) RETURNS closures
LANGUAGE sql STABLE AS $$
    SELECT jsonb_populate_record(NULL::closures,
        CASE WHEN body -> 'venue_id' IS NULL THEN jsonb_build_object('organisation_id', usual) ELSE '{}' END
        || body
        || jsonb_build_object('first', body -> 'from', 'last', body -> 'to'))
$$;

-- A closure as the NewClosure that would make it.
CREATE FUNCTION closure_body(c closures) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_strip_nulls(json_build_object(
        'venue_id', c.venue_id, 'region', c.region, 'organisation_id', c.organisation_id, 'from', c.first,
        'to', c.last, 'note', c.note, 'reason', c.reason))
$$;

CREATE FUNCTION closure_document(c closures, sees_all boolean) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_strip_nulls(json_build_object(
        'id', c.id, 'venue_id', c.venue_id, 'region', c.region, 'organisation_id', c.organisation_id,
        'from', c.first, 'to', c.last, 'note', c.note, 'reason', CASE WHEN sees_all THEN c.reason END,
        'revision', c.revision, 'created_at', instant(c.created_at), 'updated_at', instant(c.updated_at)))
$$;

-- What is wrong with a closure that somebody wants to write.
CREATE FUNCTION closure_verdict(c closures, is_admin boolean, organisations uuid[],
                                OUT problem text, OUT pointer text, OUT detail text)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF c.venue_id IS NOT NULL AND c.organisation_id IS NOT NULL THEN
        problem := 'invalid-body';
        pointer := '/organisation_id';
        detail := 'must be absent: a closed venue is closed for everybody';
    ELSIF c.venue_id IS NOT NULL AND NOT EXISTS (SELECT FROM venues v WHERE v.id = c.venue_id AND v.deleted_at IS NULL) THEN
        problem := 'invalid-body';
        pointer := '/venue_id';
        detail := 'must be the id of a venue';
    ELSIF NOT keeps(closure_keeper(c), is_admin, organisations) THEN
        problem := 'forbidden';
    END IF;
END
$$;

-- Reading and writing series ------------------------------------------------------------------------

-- A NewSchedule as a row, with what C makes of its rules; it is about to be planned up to the horizon.
CREATE FUNCTION schedule_of(body jsonb, rules text[], repeats jsonb, sentence jsonb, at timestamptz) RETURNS schedules
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN jsonb_populate_record(NULL::schedules,
        jsonb_build_object('holidays', 'meet', 'kind', 'regular')
        || (body - 'repeats' - 'rrules')
        || jsonb_build_object('rules', to_jsonb(rules), 'repeats', repeats, 'sentence', sentence,
                              'planned_until', horizon(at), 'topic_keys', '[]'::jsonb, 'is_listed', false));
END
$$;

-- A series as the NewSchedule that would make it.
CREATE FUNCTION schedule_body(s schedules) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_strip_nulls(json_build_object(
        'starts_at_local', local_text(s.starts_at_local), 'time_zone', s.time_zone,
        'duration', duration_text(s.duration), 'repeats', s.repeats,
        'rrules', CASE WHEN s.repeats IS NULL AND s.rules <> '{}' THEN to_json(s.rules) END,
        'until', s.until, 'sessions', s.sessions, 'holidays', s.holidays, 'holiday_region', s.holiday_region,
        'kind', s.kind, 'title', s.title, 'note', s.note, 'format', s.format, 'venue_id', s.venue_id,
        'online', s.online, 'capacity', s.capacity, 'newcomer_places', s.newcomer_places,
        'registration', s.registration))
$$;

-- How one gets into a meeting that is not at a place: only the accepted learn it, unless the group says otherwise.
CREATE FUNCTION online_json(online jsonb, sees_all boolean) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN sees_all OR online ->> 'disclosure' = 'public' THEN online
                WHEN online IS NOT NULL THEN jsonb_build_object('disclosure', online -> 'disclosure') END
$$;

-- The rules of a series as RFC 5545 has them, with their end. Of several rules together COUNT cannot be said.
CREATE FUNCTION schedule_rrules(s schedules) RETURNS text[]
LANGUAGE sql STABLE AS $$
    SELECT array_agg(rule || CASE
        WHEN s.until IS NOT NULL
            THEN to_char(instant_of(s.until + time '23:59:59', s.time_zone) AT TIME ZONE 'UTC', '";UNTIL="YYYYMMDD"T"HH24MISS"Z"')
        WHEN s.sessions IS NOT NULL AND cardinality(s.rules) = 1
            THEN ';COUNT=' || s.sessions
        ELSE '' END ORDER BY number)
    FROM unnest(s.rules) WITH ORDINALITY AS r (rule, number)
$$;

CREATE FUNCTION schedule_document(s schedules, sees_all boolean) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_strip_nulls(json_build_object(
        'id', s.id, 'group_id', s.group_id, 'follows_id', s.follows_id,
        'starts_at_local', local_text(s.starts_at_local), 'time_zone', s.time_zone,
        'duration', duration_text(s.duration), 'repeats', s.repeats, 'rrules', schedule_rrules(s),
        'until', s.until, 'sessions', s.sessions, 'sentence', s.sentence, 'holidays', s.holidays,
        'holiday_region', CASE WHEN s.holidays = 'skip' THEN s.region ELSE s.holiday_region END,
        'kind', s.kind, 'title', s.title, 'note', s.note, 'format', s.format, 'venue_id', s.venue_id,
        'online', online_json(s.online, sees_all), 'capacity', s.capacity, 'newcomer_places', s.newcomer_places,
        'registration', s.registration, 'revision', s.revision, 'created_at', instant(s.created_at),
        'updated_at', instant(s.updated_at)))
$$;

-- The next dates of a series, those too that its holidays take away. Volatile, to see what its caller has just written.
CREATE FUNCTION schedule_preview(s schedules, dates date[], at timestamptz) RETURNS json
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN (
        SELECT json_agg(json_strip_nulls(json_build_object(
                   'date', p.date, 'starts_at_local', local_text(p.starts_at_local), 'starts_at', instant(p.starts_at),
                   'status', CASE WHEN p.holiday IS NOT NULL THEN 'skipped' ELSE p.status END,
                   'holiday', p.holiday)) ORDER BY p.date)
        FROM (SELECT d.date, d.holiday, w.*
              FROM schedule_dates(s, dates) AS d, LATERAL meeting_plan(s, d.date) AS w
              WHERE w.starts_at > at
              ORDER BY d.date
              LIMIT 20) AS p);
END
$$;

-- Adds a series to a group and plans it.
CREATE FUNCTION schedule_add(of uuid, body jsonb, rules text[], repeats jsonb, sentence jsonb, dates date[], since date,
                             at timestamptz, who jsonb)
RETURNS schedules
LANGUAGE plpgsql AS $$
DECLARE
    s schedules := schedule_of(body || jsonb_build_object(
                                   'id', uuid_v7(at), 'group_id', of, 'revision', 1, 'created_at', at,
                                   'updated_at', at, 'writer', who), rules, repeats, sentence, at);
BEGIN
    INSERT INTO schedules AS t SELECT s.* RETURNING t.* INTO s;
    PERFORM schedule_begin(s, dates, since, at);
    RETURN s;
END
$$;

-- Splits a series: from a date on its meetings belong to another, and keep their ids.
CREATE FUNCTION schedule_hand_over(s schedules, heir uuid, since date, at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE exceptions SET schedule_id = heir WHERE schedule_id = s.id AND date >= since;
    UPDATE meetings m
    SET schedule_id = heir, updated_at = at, revision = m.revision + 1
    WHERE m.schedule_id = s.id AND m.date >= since;
END
$$;

-- Reading and writing meetings ----------------------------------------------------------------------

-- A NewException as a row.
CREATE FUNCTION exception_of(body jsonb) RETURNS exceptions
LANGUAGE sql STABLE AS $$
    SELECT jsonb_populate_record(NULL::exceptions, jsonb_build_object('cancelled', false) || body)
$$;

-- An exception as the NewException that would make it; an empty one if the date is as planned.
CREATE FUNCTION exception_body(e exceptions) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_strip_nulls(json_build_object(
        'cancelled', CASE WHEN e.cancelled THEN true END, 'starts_at_local', local_text(e.starts_at_local),
        'duration', duration_text(e.duration), 'format', e.format, 'venue_id', e.venue_id, 'online', e.online,
        'title', e.title, 'note', e.note, 'reason', e.reason))
$$;

-- Makes one meeting what a NewException says, or as planned if that says nothing. Who did it and why is in the audit.
CREATE FUNCTION exception_write(m meetings, body jsonb, at timestamptz, who jsonb) RETURNS meetings
LANGUAGE plpgsql AS $$
DECLARE
    s     schedules;
    old   exceptions;
    e     exceptions := exception_of(body);
    after meetings;
BEGIN
    SELECT * INTO s FROM schedules WHERE id = m.schedule_id FOR UPDATE;
    SELECT * INTO old FROM exceptions x WHERE x.schedule_id = m.schedule_id AND x.date = m.date;
    IF e.starts_at_local IS NOT NULL AND is_in_gap(e.starts_at_local, s.time_zone) THEN
        PERFORM refuse('exception_gap');
    END IF;
    IF e.starts_at_local IS NOT NULL AND instant_of(e.starts_at_local, s.time_zone) <= at THEN
        PERFORM refuse('exception_past');
    END IF;
    IF e.venue_id IS NOT NULL THEN
        PERFORM FROM venues v WHERE v.id = e.venue_id AND v.deleted_at IS NULL FOR KEY SHARE;
        IF NOT FOUND THEN
            PERFORM refuse('exception_venue');
        END IF;
    END IF;
    DELETE FROM exceptions x WHERE x.schedule_id = m.schedule_id AND x.date = m.date;
    IF body - 'reason' <> '{}' AND body - 'reason' <> '{"cancelled": false}' THEN
        e.schedule_id := m.schedule_id;
        e.date := m.date;
        e.created_at := coalesce(old.created_at, at);
        e.updated_at := at;
        e.writer := who;
        INSERT INTO exceptions SELECT e.*;
    END IF;
    PERFORM meetings_write(s, ARRAY[m.date], at);
    SELECT * INTO after FROM meetings x WHERE x.id = m.id;
    INSERT INTO audit (at, writer, action, resource, resource_id, revision, members, reason)
    VALUES (at, who, 'updated', 'meeting', m.id, after.revision,
            ARRAY(SELECT jsonb_object_keys(body - 'reason') ORDER BY 1), body ->> 'reason');
    RETURN after;
END
$$;

-- What stands against changing a meeting, for the caller's sake: NULL if nothing does.
CREATE FUNCTION meeting_verdict(m meetings, if_match bigint[], at timestamptz, is_admin boolean, is_partner boolean,
                                organisations uuid[])
RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT coalesce(write_verdict(g.organisation_id, g.visibility, is_admin, is_partner, organisations),
                    CASE WHEN NOT m.revision = ANY (coalesce(if_match, ARRAY[m.revision])) THEN 'precondition-failed'
                         WHEN m.starts_at <= at                                            THEN 'meeting-begun' END)
    FROM groups g
    WHERE g.id = m.group_id
$$;

-- A meeting as a reader sees it. Who keeps the group sees how to join and why it changed; who keeps the place, where it
-- is: nobody learns of a hidden place by meeting there.
CREATE FUNCTION meeting_document(m meetings, is_admin boolean, organisations uuid[]) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    g groups;
    v venues;
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
        'reason', CASE WHEN keeps_group THEN m.shown -> 'reason' END,
        'revision', m.revision,
        'created_at', instant(m.created_at),
        'updated_at', instant(m.updated_at)));
END
$$;

-- A meeting of a series as its writer sees it; volatile, to see what has just been written.
CREATE FUNCTION meeting_as_written(of uuid, planned date, is_admin boolean, organisations uuid[]) RETURNS json
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    m meetings;
BEGIN
    SELECT * INTO m FROM meetings x WHERE x.schedule_id = of AND x.date = planned;
    RETURN meeting_document(m, is_admin, organisations);
END
$$;

-- When a group next meets, as a row or none: in a FROM clause it is inlined, as a value it would be planned each time.
CREATE FUNCTION next_meeting(of uuid, at timestamptz) RETURNS TABLE (next_meeting_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT m.starts_at
    FROM meetings m
    WHERE m.group_id = of AND m.starts_at > at AND m.deleted_at IS NULL AND m.status <> 'cancelled'
    ORDER BY m.starts_at
    LIMIT 1
$$;

-- Whether a local time is on one of some weekdays, and begins within a part of the day, which may go over midnight.
CREATE FUNCTION time_fits(local timestamp, weekdays text[], earliest time, latest time) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (weekdays IS NULL
            OR ('{monday,tuesday,wednesday,thursday,friday,saturday,sunday}'::text[])[extract(isodow FROM local)::integer]
               = ANY (weekdays))
       AND CASE WHEN earliest > latest THEN local::time >= earliest OR local::time <= latest
                ELSE local::time BETWEEN coalesce(earliest, '00:00') AND coalesce(latest, '24:00') END
$$;

-- Search --------------------------------------------------------------------------------------------

-- When a group next meets is looked up when it is read: it changes without anybody writing.
ALTER TABLE groups DROP COLUMN next_meeting_at;

CREATE OR REPLACE FUNCTION group_document(g groups, language text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN json_strip_nulls(json_build_object(
        'id', g.id,
        'slug', g.slug,
        'name', g.name,
        'summary', g.summary,
        'description', g.description,
        'language_of_text', g.language_of_text,
        'topics', topics_json(g.topic_ids, language),
        'audience', g.audience,
        'age', CASE WHEN g.age_from IS NOT NULL OR g.age_to IS NOT NULL
             THEN json_build_object('from', g.age_from, 'to', g.age_to) END,
        'leadership', g.leadership,
        'duration', g.duration,
        'status', g.status,
        'joining', g.joining,
        'accepting_newcomers', g.accepting_newcomers,
        'cost', g.cost,
        'activities', g.activities,
        'formats', g.formats,
        'languages', g.languages,
        'accessibility', g.accessibility,
        'place', CASE WHEN g.country IS NOT NULL
             THEN json_build_object('country', g.country, 'postcode', g.postcode, 'town', g.town,
                                    'point', point_json(g.point), 'precision', g.precision) END,
        'organisation_id', g.organisation_id,
        'supported_by_id', g.supported_by_id,
        'contact', g.contact,
        'website', g.website,
        'visibility', g.visibility,
        'verified_at', instant(g.verified_at),
        'revision', g.revision,
        'created_at', instant(g.created_at),
        'updated_at', instant(g.updated_at)));
END
$$;

-- What a search asks for is one object of its parameters as they came in the query, lists as array literals. It is a
-- constant to the planner, and so is all that is read out of it: a filter that is not there costs nothing.
DROP FUNCTION groups_found;
CREATE FUNCTION groups_found(filter jsonb, words tsquery, near geography, at timestamptz, is_admin boolean,
                             is_partner boolean, organisations uuid[])
RETURNS SETOF groups
LANGUAGE sql STABLE AS $$
    SELECT g.*
    FROM groups g
    WHERE g.deleted_at IS NULL
      AND group_is_visible(g.visibility, g.organisation_id, is_admin, is_partner, organisations)
      AND g.status = ANY (coalesce(filter ->> 'status', '{founding,active}')::text[])
      AND (words IS NULL OR g.search @@ words)
      AND (filter ->> 'topic' IS NULL OR g.topic_keys && (filter ->> 'topic')::text[])
      AND (near IS NULL OR ST_DWithin(g.point, near, (filter ->> 'within_km')::float8 * 1000, false))
      AND (filter ->> 'audience' IS NULL OR g.audience && (filter ->> 'audience')::text[])
      AND (filter ->> 'age' IS NULL
           OR (filter ->> 'age')::integer BETWEEN coalesce(g.age_from, 0) AND coalesce(g.age_to, 200))
      AND (filter ->> 'leadership' IS NULL OR g.leadership = ANY ((filter ->> 'leadership')::text[]))
      AND (filter ->> 'joining' IS NULL OR g.joining = ANY ((filter ->> 'joining')::text[]))
      AND (filter ->> 'format' IS NULL OR g.formats && (filter ->> 'format')::text[])
      AND (filter ->> 'language' IS NULL OR g.languages && (filter ->> 'language')::text[])
      AND (filter ->> 'accessibility' IS NULL OR g.accessibility @> (filter ->> 'accessibility')::text[])
      AND (filter ->> 'cost' IS NULL OR g.cost ->> 'kind' = ANY ((filter ->> 'cost')::text[]))
      AND (filter ->> 'accepting_newcomers' IS NULL
           OR g.accepting_newcomers = ANY ((filter ->> 'accepting_newcomers')::text[]))
      AND (filter ->> 'organisation' IS NULL
           OR (filter ->> 'organisation')::uuid IN (g.organisation_id, g.supported_by_id))
      AND (filter ->> 'verified_since' IS NULL OR g.verified_at >= (filter ->> 'verified_since')::timestamptz)
      AND ((filter ->> 'weekday' IS NULL AND filter ->> 'time_from' IS NULL AND filter ->> 'time_to' IS NULL)
           OR EXISTS (SELECT FROM meetings m
                      WHERE m.group_id = g.id AND m.deleted_at IS NULL AND m.status <> 'cancelled'
                        AND m.starts_at BETWEEN at AND at + interval '35 days'
                        AND time_fits(m.starts_at_local, (filter ->> 'weekday')::text[],
                                      (filter ->> 'time_from')::time, (filter ->> 'time_to')::time)))
$$;

-- What a meeting offers to those who need it: what its group says, and what is known of its place.
CREATE FUNCTION meeting_access(of uuid, at_venue text[]) RETURNS text[]
LANGUAGE sql STABLE AS $$
    SELECT g.accessibility || coalesce(at_venue, '{}') FROM groups g WHERE g.id = of
$$;

-- The series that a search for meetings looks into: of groups that fit, at a place near enough, also if only one of
-- their dates is there. What narrows most is asked of the narrow rows of the series first; of their groups, which are
-- wide, only if the search asks for more. Planned once for each way to begin.
CREATE FUNCTION series_found(filter jsonb, words tsquery, near geography, since timestamptz, is_admin boolean,
                             is_partner boolean, organisations uuid[])
RETURNS uuid[]
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    topics  CONSTANT text[] := filter ->> 'topic';
    kinds   CONSTANT text[] := filter ->> 'kind';
    metres  CONSTANT float8 := (filter ->> 'within_km')::float8 * 1000;
    further CONSTANT jsonb  := filter - '{from,to,topic,near,postcode,country,within_km,kind,format,accessibility,weekday,
                                          time_from,time_to,meeting_status,sort,limit,cursor,q}'::text[];
    -- Nobody in particular, who asks for nothing else: what is listed is what there is to find.
    plain   CONSTANT boolean := further = '{}' AND words IS NULL AND NOT is_partner AND NOT is_admin
                                AND organisations IS NULL;
    wanted uuid[];
    moved  uuid[];
BEGIN
    IF near IS NOT NULL THEN
        moved := ARRAY(SELECT e.schedule_id
                       FROM exceptions e JOIN venues v ON v.id = e.venue_id
                       WHERE e.date >= since::date - 366 AND ST_DWithin(v.found_at, near, metres, false));
    END IF;
    IF near IS NOT NULL AND topics IS NOT NULL THEN
        wanted := ARRAY(SELECT s.id FROM schedules s
                        WHERE s.topic_keys && topics AND ST_DWithin(s.found_at, near, metres, false)
                          AND s.deleted_at IS NULL AND (s.is_listed OR NOT plain)
                          AND (kinds IS NULL OR s.kind = ANY (kinds)));
    ELSIF near IS NOT NULL THEN
        wanted := ARRAY(SELECT s.id FROM schedules s
                        WHERE ST_DWithin(s.found_at, near, metres, false)
                          AND s.deleted_at IS NULL AND (s.is_listed OR NOT plain)
                          AND (kinds IS NULL OR s.kind = ANY (kinds)));
    ELSIF topics IS NOT NULL THEN
        wanted := ARRAY(SELECT s.id FROM schedules s
                        WHERE s.topic_keys && topics
                          AND s.deleted_at IS NULL AND (s.is_listed OR NOT plain)
                          AND (kinds IS NULL OR s.kind = ANY (kinds)));
    ELSIF words IS NOT NULL THEN
        wanted := ARRAY(SELECT s.id FROM groups g JOIN schedules s ON s.group_id = g.id WHERE g.search @@ words);
    ELSE
        wanted := ARRAY(SELECT s.id FROM groups g JOIN schedules s ON s.group_id = g.id
                        WHERE (filter ->> 'organisation')::uuid IN (g.organisation_id, g.supported_by_id));
    END IF;
    IF plain THEN
        RETURN wanted || ARRAY(SELECT s.id FROM schedules s
                               WHERE s.id = ANY (moved) AND s.id <> ALL (wanted)
                                 AND s.deleted_at IS NULL AND s.is_listed
                                 AND (topics IS NULL OR s.topic_keys && topics)
                                 AND (kinds IS NULL OR s.kind = ANY (kinds)));
    END IF;
    RETURN ARRAY(
        SELECT s.id
        FROM schedules s
        JOIN groups_found(further, words, NULL, NULL, is_admin, is_partner, organisations) AS g ON g.id = s.group_id
        WHERE s.id = ANY (wanted || moved) AND s.deleted_at IS NULL
          AND (topics IS NULL OR s.topic_keys && topics)
          AND (kinds IS NULL OR s.kind = ANY (kinds)));
END
$$;

-- Whether a meeting is what a search asks for, apart from its time and place.
CREATE FUNCTION meeting_fits(m meetings, filter jsonb, at_venue text[]) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT m.deleted_at IS NULL
       AND m.status = ANY (coalesce(filter ->> 'meeting_status', '{scheduled,moved}')::text[])
       AND (filter ->> 'format' IS NULL OR m.format = ANY ((filter ->> 'format')::text[]))
       AND time_fits(m.starts_at_local, (filter ->> 'weekday')::text[], (filter ->> 'time_from')::time,
                     (filter ->> 'time_to')::time)
       AND (filter ->> 'accessibility' IS NULL
            OR meeting_access(m.group_id, at_venue) @> (filter ->> 'accessibility')::text[])
$$;

-- The meetings of some series in a range of time, each with how far it is from a place: to what its own discloses.
CREATE FUNCTION meetings_of(series uuid[], filter jsonb, near geography, since timestamptz, before timestamptz)
RETURNS TABLE (id uuid, starts_at timestamptz, metres float8)
LANGUAGE plpgsql STABLE ROWS 300 SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT m.id, m.starts_at, d.metres
    FROM schedules s
    JOIN meetings m ON m.group_id = s.group_id AND m.starts_at >= since AND m.starts_at < before
    LEFT JOIN venues v ON v.id = m.venue_id
    CROSS JOIN LATERAL (
        SELECT ST_Distance(CASE WHEN m.status = 'moved' AND v.id IS NOT NULL THEN v.found_at ELSE s.found_at END,
                           near, false) AS metres) AS d
    WHERE s.id = ANY (series)
      AND m.schedule_id IS NOT DISTINCT FROM s.id  -- a filter, for which no index is asked
      AND meeting_fits(m, filter, v.accessibility)
      AND (near IS NULL OR d.metres <= (filter ->> 'within_km')::float8 * 1000);
END
$$;

-- The same, only the first ones behind a place in the list: along the index by time, leaving out those of other series.
CREATE FUNCTION first_meetings_of(series uuid[], filter jsonb, near geography, since timestamptz, before timestamptz,
                                  behind timestamptz, behind_id uuid, most integer)
RETURNS TABLE (id uuid, starts_at timestamptz, metres float8)
LANGUAGE plpgsql STABLE ROWS 50
SET plan_cache_mode = force_generic_plan SET enable_bitmapscan = off SET enable_sort = off AS $$
BEGIN
    RETURN QUERY
    SELECT m.id, m.starts_at, d.metres
    FROM meetings m
    JOIN schedules s ON s.id = m.schedule_id
    LEFT JOIN venues v ON v.id = m.venue_id
    CROSS JOIN LATERAL (
        SELECT ST_Distance(CASE WHEN m.status = 'moved' AND v.id IS NOT NULL THEN v.found_at ELSE s.found_at END,
                           near, false) AS metres) AS d
    WHERE m.starts_at >= greatest(since, behind) AND m.starts_at < before
      AND (behind IS NULL OR (m.starts_at, m.id) > (behind, behind_id))
      AND (m.schedule_id IN (SELECT unnest(series))) IS TRUE  -- in this form a filter by a hash, never a join
      AND meeting_fits(m, filter, v.accessibility)
      AND (near IS NULL OR d.metres <= (filter ->> 'within_km')::float8 * 1000)
    ORDER BY m.starts_at, m.id
    LIMIT most;
END
$$;

-- The meetings that a search finds. With `most`, only so many behind a place in the list, the soonest first, are needed:
-- if there are many series, it is quicker to go through all meetings by time.
CREATE FUNCTION meetings_found(filter jsonb, words tsquery, near geography, since timestamptz, before timestamptz,
                               is_admin boolean, is_partner boolean, organisations uuid[], behind timestamptz,
                               behind_id uuid, most integer)
RETURNS TABLE (id uuid, starts_at timestamptz, metres float8)
LANGUAGE plpgsql STABLE ROWS 300 AS $$
DECLARE
    series CONSTANT uuid[] := series_found(filter, words, near, since, is_admin, is_partner, organisations);
BEGIN
    IF most IS NOT NULL
       AND cardinality(series) ^ 2 > 10 * (SELECT reltuples FROM pg_class WHERE oid = 'schedules'::regclass) THEN
        RETURN QUERY SELECT * FROM first_meetings_of(series, filter, near, since, before, behind, behind_id, most);
    ELSE
        RETURN QUERY SELECT * FROM meetings_of(series, filter, near, since, before);
    END IF;
END
$$;

-- Exports --------------------------------------------------------------------------------------------

-- A meeting as an Event of schema.org, as everybody may know it.
CREATE FUNCTION offset_text(at timestamptz, zone text) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT to_char(at AT TIME ZONE zone, 'YYYY-MM-DD"T"HH24:MI:SS') || CASE WHEN shift < interval '0' THEN '-' ELSE '+' END
           || to_char(CASE WHEN shift < interval '0' THEN - shift ELSE shift END, 'HH24:MI')
    FROM (SELECT at AT TIME ZONE zone - at AT TIME ZONE 'UTC' AS shift) AS s
$$;

CREATE FUNCTION meeting_event(m meetings) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    d    jsonb := meeting_document(m, false, NULL)::jsonb;
    zone text := d ->> 'time_zone';
    cost jsonb := (SELECT g.cost FROM groups g WHERE g.id = m.group_id);
    place jsonb := CASE WHEN d ? 'place' THEN jsonb_build_object(
        '@type', 'Place', 'name', d #> '{place,name}',
        'address', jsonb_build_object(
            '@type', 'PostalAddress', 'streetAddress', d #> '{place,address,street}',
            'postalCode', d #> '{place,address,postcode}', 'addressLocality', d #> '{place,address,town}',
            'addressCountry', d #> '{place,address,country}'),
        'geo', CASE WHEN d #> '{place,point}' IS NOT NULL THEN jsonb_build_object(
            '@type', 'GeoCoordinates', 'latitude', d #> '{place,point,lat}', 'longitude', d #> '{place,point,lon}') END) END;
BEGIN
    RETURN json_strip_nulls(json_build_object(
        '@context', 'https://schema.org',
        '@type', 'Event',
        '@id', 'urn:uuid:' || m.id,
        'name', coalesce(d ->> 'title', d #>> '{group,name}'),
        'description', d #> '{group,summary}',
        'startDate', offset_text(m.starts_at, zone),
        'endDate', offset_text(m.ends_at, zone),
        'eventStatus', 'https://schema.org/' || CASE WHEN m.status = 'cancelled'    THEN 'EventCancelled'
                                                     WHEN d ? 'planned_at_local'    THEN 'EventRescheduled'
                                                     ELSE                                'EventScheduled' END,
        'previousStartDate', CASE WHEN d ? 'planned_at_local' AND m.status <> 'cancelled'
             THEN offset_text(instant_of((d ->> 'planned_at_local')::timestamp, zone), zone) END,
        'eventAttendanceMode', 'https://schema.org/' || CASE m.format WHEN 'in_person' THEN 'OfflineEventAttendanceMode'
                                                                      WHEN 'hybrid'    THEN 'MixedEventAttendanceMode'
                                                                      ELSE                  'OnlineEventAttendanceMode' END,
        'location', CASE WHEN place IS NOT NULL THEN place
                         WHEN d #> '{online,join_url}' IS NOT NULL
                         THEN jsonb_build_object('@type', 'VirtualLocation', 'url', d #> '{online,join_url}') END,
        'organizer', json_build_object('@type', 'Organization', 'name', d #> '{group,name}'),
        'isAccessibleForFree', cost ->> 'kind' <> 'fee'));
END
$$;

-- The weekdays of a series as Meeting Guide counts them, from 0 for Sunday; NULL if it does not meet every week: the
-- format cannot hold anything else, and nobody shall come on the wrong day.
CREATE FUNCTION meeting_guide_days(s schedules) RETURNS integer[]
LANGUAGE sql STABLE AS $$
    SELECT array_agg(DISTINCT array_position('{SU,MO,TU,WE,TH,FR,SA}', day) - 1)
    FROM unnest(s.rules) AS rule,
         LATERAL unnest(coalesce(string_to_array(substring(rule FROM '^FREQ=WEEKLY;BYDAY=([A-Z,]+)$'), ','),
                                 CASE WHEN rule = 'FREQ=WEEKLY'
                                      THEN ARRAY[upper(left(to_char(s.starts_at_local, 'DY'), 2))] END)) AS day
    HAVING bool_and(rule ~ '^FREQ=WEEKLY(;BYDAY=[A-Z,]+)?$')
$$;

-- A series as a meeting of the Meeting Guide format, with what everybody may know.
CREATE FUNCTION meeting_guide(s schedules, g groups, v venues) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    place  jsonb := CASE WHEN v.id IS NOT NULL THEN venue_place(v, false)::jsonb END;
    days   integer[] := CASE WHEN s.rules <> '{}' AND (s.until IS NULL OR s.until > s.starts_at_local::date)
                             THEN meeting_guide_days(s) END;
    town   text := coalesce(place #>> '{address,town}', g.town);
    point  jsonb := coalesce(place -> 'point', point_json(g.point)::jsonb);
    street text := place #>> '{address,street}';
    online jsonb := online_json(s.online, false);
BEGIN
    RETURN json_strip_nulls(json_build_object(
        'name', coalesce(s.title, g.name),
        'slug', g.slug || '-' || right(s.id::text, 12),
        'day', CASE WHEN cardinality(days) = 1 THEN to_json(days[1]) ELSE to_json(days) END,
        'time', CASE WHEN days IS NOT NULL THEN to_char(s.starts_at_local, 'HH24:MI') END,
        'end_time', CASE WHEN days IS NOT NULL THEN to_char(s.starts_at_local + s.duration, 'HH24:MI') END,
        'timezone', s.time_zone,
        'types', array_remove(ARRAY[CASE WHEN s.format IN ('online', 'hybrid') THEN 'ONL' END,
                                    CASE WHEN 'step_free' = ANY (coalesce(v.accessibility, g.accessibility)) THEN 'X' END,
                                    CASE WHEN 'en' = ANY (g.languages) THEN 'EN' END,
                                    CASE WHEN 'de' = ANY (g.languages) THEN 'DE' END,
                                    CASE WHEN 'fr' = ANY (g.languages) THEN 'FR' END,
                                    CASE WHEN 'es' = ANY (g.languages) THEN 'S' END], NULL),
        'attendance_option', CASE s.format WHEN 'phone' THEN 'online' ELSE s.format END,
        'notes', concat_ws(E'\n', CASE WHEN days IS NULL THEN s.sentence ->> left(g.language_of_text, 2) END, s.note),
        'conference_url', online -> 'join_url',
        'conference_phone', online -> 'dial_in',
        'location', place -> 'name',
        'location_notes', place -> 'directions',
        'formatted_address', concat_ws(', ', street, concat_ws(' ', coalesce(place #>> '{address,postcode}', CASE WHEN
            place IS NULL THEN g.postcode END), town), coalesce(place #>> '{address,country}', g.country)),
        'approximate', CASE WHEN street IS NULL THEN 'yes' ELSE 'no' END,
        'latitude', point -> 'lat',
        'longitude', point -> 'lon',
        'regions', CASE WHEN s.region IS NOT NULL THEN ARRAY[s.region] END,
        'group', g.name,
        'group_notes', g.summary,
        'website', g.website,
        'updated', to_char(greatest(s.updated_at, g.updated_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')));
END
$$;

-- Operation -----------------------------------------------------------------------------------------

-- Which time zone data are installed, and which are packaged: one row, looked up whenever the horizon is kept.
CREATE TABLE zone_data (
    is_only     boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    installed   text NOT NULL,
    packaged    text NOT NULL,
    checked_at  timestamptz NOT NULL
);
