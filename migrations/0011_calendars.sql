-- 0011_calendars.sql: calendars to subscribe to: of groups, of searches, and of single persons.

-- How often the calendar of a series has changed: what calendars call its SEQUENCE. It never falls.
CREATE TABLE series_calendars (
    schedule_id uuid PRIMARY KEY,
    group_id    uuid NOT NULL,
    sequence    bigint NOT NULL,
    changed_at  timestamptz NOT NULL
);
CREATE INDEX series_calendars_by_group ON series_calendars (group_id);
INSERT INTO series_calendars (schedule_id, group_id, sequence, changed_at)
SELECT schedule_id, group_id, sum(revision), max(updated_at) FROM meetings GROUP BY schedule_id, group_id;

-- The same of what all events of a group show of it, its name and its summary; nothing while they never changed.
CREATE TABLE group_calendars (
    group_id    uuid PRIMARY KEY,
    sequence    bigint NOT NULL,
    changed_at  timestamptz NOT NULL
);

-- A calendar that somebody subscribes to.
CREATE TABLE feeds (
    id          uuid PRIMARY KEY,
    key         text NOT NULL CONSTRAINT feed_key UNIQUE,  -- what it is of, in which form: there is one of each
    group_id    uuid REFERENCES groups (id),               -- NULL: what a search finds
    person_id   uuid UNIQUE REFERENCES persons (id),       -- whose it is; NULL: anybody may read it
    search      jsonb,                                     -- {filter, words, near}
    language    text NOT NULL,
    alarm       text,                                      -- how long before each meeting: PT1H
    detail      text NOT NULL DEFAULT 'full' CHECK (detail IN ('discreet', 'full')),
    place       text NOT NULL DEFAULT 'none' CHECK (place IN ('none', 'town')),  -- what a discreet one shows of it
    title       bytea,                                     -- sealed: what all events of a discreet one are called
    revision    bigint NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    used_on     date NOT NULL                              -- by UTC; when exactly is nobody's business
);
CREATE INDEX feeds_by_group ON feeds (group_id);
CREATE INDEX feeds_of_searches ON feeds (used_on) WHERE search IS NOT NULL;

-- What was last made of a feed, as its subscribers get it.
CREATE TABLE feed_bodies (
    feed_id     uuid NOT NULL REFERENCES feeds (id) ON DELETE CASCADE,
    format      text NOT NULL CHECK (format IN ('ics', 'jcal')),
    version     text NOT NULL,         -- of what it shows; see feed_version()
    good_until  timestamptz NOT NULL,  -- then its window moves on
    etag        text NOT NULL,
    modified_at timestamptz NOT NULL,  -- grows with each change of the body by a second at least: clients ask by it
    body        bytea NOT NULL,        -- of a person: sealed
    packed      bytea,                 -- the same in gzip
    PRIMARY KEY (feed_id, format)
);
CREATE INDEX feed_bodies_by_end ON feed_bodies (good_until);
ALTER TABLE feed_bodies ALTER body SET STORAGE EXTERNAL, ALTER packed SET STORAGE EXTERNAL;  -- packed once is enough

-- The address of a person's feed is a secret of its own, good for reading it and nothing else.
ALTER TABLE capabilities DROP CONSTRAINT capabilities_kind_check;
ALTER TABLE capabilities ADD CONSTRAINT capabilities_kind_check
    CHECK (kind IN ('life', 'session', 'confirmation', 'sign_in', 'invitation', 'feed'));

CREATE FUNCTION day_of(at timestamptz) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (at AT TIME ZONE 'UTC')::date
$$;

-- What changes a feed ------------------------------------------------------------------------------

-- Asks for the feeds of a group to be made again, if there are any. Right without it: a feed that is out of date is
-- made when it is read.
CREATE FUNCTION feeds_refresh(of uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM feeds WHERE group_id = of) THEN
        PERFORM job_add('feeds', 'group:' || of, NULL, jsonb_build_object('group_id', of), at, at);
    END IF;
END
$$;

CREATE FUNCTION calendars_mark(of uuid[], at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO series_calendars AS c (schedule_id, group_id, sequence, changed_at)
    SELECT s.id, s.group_id, 1, at FROM schedules s WHERE s.id = ANY (of) ORDER BY s.id
    ON CONFLICT (schedule_id) DO UPDATE
    SET sequence = c.sequence + 1, changed_at = greatest(c.changed_at, EXCLUDED.changed_at);
    PERFORM feeds_refresh(g.group_id, at)
    FROM (SELECT DISTINCT s.group_id FROM schedules s WHERE s.id = ANY (of) ORDER BY s.group_id) AS g;
END
$$;

CREATE FUNCTION meetings_mark_created() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM calendars_mark(array_agg(DISTINCT schedule_id), max(updated_at)) FROM written HAVING count(*) > 0;
    RETURN NULL;
END
$$;
CREATE TRIGGER mark_created AFTER INSERT ON meetings REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION meetings_mark_created();

-- The series that a meeting was handed over by has changed too.
CREATE FUNCTION meetings_mark_updated() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM calendars_mark(array_agg(DISTINCT b.schedule_id) || array_agg(DISTINCT w.schedule_id), max(w.updated_at))
    FROM written w JOIN before b ON b.id = w.id
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;
CREATE TRIGGER mark_updated AFTER UPDATE ON meetings REFERENCING OLD TABLE AS before NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION meetings_mark_updated();

CREATE FUNCTION schedule_mark_calendar() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM calendars_mark(ARRAY[NEW.id], NEW.updated_at);
    RETURN NULL;
END
$$;
CREATE TRIGGER mark_calendar AFTER UPDATE ON schedules FOR EACH ROW
    WHEN (OLD.revision <> NEW.revision) EXECUTE FUNCTION schedule_mark_calendar();

CREATE FUNCTION group_mark_calendar() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.name, OLD.summary) IS DISTINCT FROM (NEW.name, NEW.summary) THEN
        INSERT INTO group_calendars AS c (group_id, sequence, changed_at) VALUES (NEW.id, 1, NEW.updated_at)
        ON CONFLICT (group_id) DO UPDATE
        SET sequence = c.sequence + 1, changed_at = greatest(c.changed_at, EXCLUDED.changed_at);
    END IF;
    PERFORM feeds_refresh(NEW.id, NEW.updated_at);
    RETURN NULL;
END
$$;
CREATE TRIGGER mark_calendar AFTER UPDATE ON groups FOR EACH ROW
    WHEN (OLD.revision <> NEW.revision) EXECUTE FUNCTION group_mark_calendar();

CREATE FUNCTION registration_mark_calendar() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM job_add('feeds', 'feed:' || id, NULL, jsonb_build_object('feed_id', id), NEW.updated_at, NEW.updated_at)
    FROM feeds
    WHERE person_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER mark_calendar AFTER UPDATE ON registrations FOR EACH ROW
    WHEN (OLD.revision <> NEW.revision) EXECUTE FUNCTION registration_mark_calendar();

-- After somebody was erased: there is no calendar of theirs, nor an answer that shows its address.
CREATE FUNCTION person_end_feed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM feeds WHERE person_id = NEW.id;
    DELETE FROM idempotency_keys WHERE headers ->> 'location' = '/v1/registrations/' || NEW.id || '/feed';
    RETURN NULL;
END
$$;
CREATE TRIGGER end_feed AFTER UPDATE ON persons FOR EACH ROW
    WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL) EXECUTE FUNCTION person_end_feed();

-- What a feed shows --------------------------------------------------------------------------------

-- Of which state of things a feed is. What a search finds may change with everything, so it has none: it is made
-- again after some minutes.
CREATE FUNCTION feed_version(f feeds) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF f.search IS NOT NULL THEN
        RETURN f.revision::text;
    END IF;
    RETURN concat_ws('.', f.revision, (SELECT g.revision FROM groups g WHERE g.id = f.group_id),
                     (SELECT sum(c.sequence) FROM series_calendars c WHERE c.group_id = f.group_id),
                     (SELECT r.revision FROM registrations r WHERE r.id = f.person_id));
END
$$;

-- The day from which the window of a feed counts. It moves once a month, each feed's on a day of its own, so that not
-- all are made anew at once.
CREATE FUNCTION feed_month(f feeds, at timestamptz) RETURNS date
LANGUAGE plpgsql STABLE AS $$
DECLARE
    turn CONSTANT interval := make_interval(days => (hashtext(split_part(f.key, ':', 2)) & 2147483647) % 28);
BEGIN
    RETURN date_trunc('month', at AT TIME ZONE 'UTC' - turn) + turn;
END
$$;

-- The window: what has been for 31 days at least, so that a cancelled meeting can still be seen, and a year ahead; of a
-- search three months.
CREATE FUNCTION feed_window(f feeds, at timestamptz, OUT since timestamptz, OUT before timestamptz, OUT good_until timestamptz)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    month CONSTANT timestamp := feed_month(f, at);
BEGIN
    since := (month - interval '31 days') AT TIME ZONE 'UTC';
    before := (month + CASE WHEN f.search IS NULL THEN interval '13 months' ELSE interval '4 months' END) AT TIME ZONE 'UTC';
    good_until := CASE WHEN f.search IS NULL THEN (month + interval '1 month') AT TIME ZONE 'UTC'
                       ELSE at + interval '5 minutes' END;
END
$$;

-- The rule of a series, if every calendar follows it (MS-OXCICAL 2.1.3.2.2 has the fewest): one rule alone, by the day,
-- by days of the week, by one day of the month that each month has, or by the year.
CREATE FUNCTION calendar_rule(s schedules) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN cardinality(s.rules) = 1
                 AND s.rules[1] ~ ('^FREQ=(DAILY(;INTERVAL=\d+)?'
                                   '|WEEKLY(;INTERVAL=\d+)?(;BYDAY=[A-Z,]+)?'
                                   '|MONTHLY(;INTERVAL=\d+)?;BY(DAY=(-1|[1-4])[A-Z]{2}|MONTHDAY=(\d|1\d|2[0-8]))'
                                   '|YEARLY(;INTERVAL=\d+)?)$')
                 AND (s.rules[1] NOT LIKE 'FREQ=YEARLY%' OR to_char(s.starts_at_local, 'MMDD') <> '0229')
                THEN s.rules[1] END
$$;

-- The meetings of a feed, as many as one can hold and one more. A person's are those that they have a place in, or that
-- they had one in when the group called them off; while a place is only held for them, too. Few mostly: so that what
-- goes with them is looked up one by one, not read from front to back.
CREATE FUNCTION feed_meetings(f feeds, since timestamptz, before timestamptz) RETURNS SETOF meetings
LANGUAGE plpgsql STABLE ROWS 60 AS $$
DECLARE
    r registrations;
BEGIN
    IF f.search IS NOT NULL THEN
        RETURN QUERY
        SELECT m.*
        FROM meetings_found((f.search -> 'filter') || '{"meeting_status": "{scheduled,moved,cancelled}"}',
                            (f.search ->> 'words')::tsquery,
                            point_of(split_part(f.search ->> 'near', ',', 1)::float8,
                                     split_part(f.search ->> 'near', ',', 2)::float8),
                            since, before, false, false, NULL, NULL, NULL, NULL) AS found
        JOIN meetings m ON m.id = found.id
        LIMIT 10001;
    ELSIF f.person_id IS NULL THEN
        RETURN QUERY
        SELECT m.*
        FROM meetings m
        WHERE m.group_id = f.group_id AND m.starts_at >= since AND m.starts_at < before AND m.deleted_at IS NULL
        LIMIT 10001;
    ELSE
        SELECT * INTO r FROM registrations WHERE id = f.person_id;
        RETURN QUERY
        SELECT m.*
        FROM meetings m
        WHERE m.schedule_id = r.schedule_id AND r.during @> m.date
          AND m.starts_at >= since AND m.starts_at < before
          AND (r.meeting_id IS NULL OR m.id = r.meeting_id)
          AND CASE WHEN r.state IN ('confirmed', 'offered') THEN m.deleted_at IS NULL OR m.id = r.meeting_id
                   ELSE r.action = 'end' AND m.starts_at > r.updated_at END;
    END IF;
END
$$;

-- Where a venue is, in one line: as anybody may know it, or all of it.
CREATE FUNCTION calendar_location(v venues, sees_all boolean) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN sees_all OR v.disclosure = 'public'
                THEN concat_ws(', ', v.name, v.street, nullif(concat_ws(' ', v.postcode, v.town), ''))
                ELSE v.town END
$$;

-- The events of a feed. Instants are seconds since 1970, local times the same as if they were UTC. Of a discreet feed
-- nothing says what it is about, not even an id that could be looked up. What many events share is found out once.
CREATE FUNCTION feed_events(of uuid, at timestamptz)
RETURNS TABLE (schedule_id uuid, series_uid uuid, uid uuid, date date, zone text, starts bigint, ends bigint,
               starts_local bigint, ends_local bigint, planned_local bigint, status text, summary text,
               description text, location text, point text, conference text, path text, sequence bigint,
               modified bigint, rule text, anchor date, series_path text, series_sequence bigint,
               series_modified bigint)
LANGUAGE plpgsql STABLE ROWS 1000 AS $$
DECLARE
    f feeds;
    r registrations;
    w record;
    month     timestamp;
    months    integer;
    is_open   boolean;  -- says what it is about
    sees_all  boolean;  -- is of somebody who is accepted
    is_ended  boolean;
    base      bigint := 0;
    touched   bigint := 0;
BEGIN
    SELECT * INTO f FROM feeds WHERE id = of;
    SELECT * INTO r FROM registrations WHERE id = f.person_id;
    w := feed_window(f, at);
    month := feed_month(f, at);
    months := extract(year FROM month) * 12 + extract(month FROM month) - 24312;
    is_open := f.detail = 'full';
    sees_all := is_open AND r.id IS NOT NULL AND r.state = 'confirmed';
    is_ended := coalesce(r.action = 'end', false);
    IF r.id IS NOT NULL THEN
        base := r.revision + f.revision;
        touched := extract(epoch FROM greatest(r.updated_at, f.updated_at));
    END IF;
    RETURN QUERY
    WITH found AS MATERIALIZED (
        SELECT * FROM feed_meetings(f, w.since, w.before)
    ), series AS MATERIALIZED (
        SELECT s.id, s.starts_at_local::time AS time_of_day, s.starts_at_local::date AS anchor, g.name, g.summary,
               CASE WHEN f.person_id IS NULL THEN s.id ELSE md5(f.id || ' ' || s.id)::uuid END AS uid,
               CASE WHEN f.search IS NULL AND r.meeting_id IS NULL THEN calendar_rule(s) END AS rule,
               CASE WHEN is_open THEN '/v1/schedules/' || s.id ELSE '/v1/registrations/' || f.person_id END AS path,
               coalesce(h.sequence, 0) + base AS raised, h.changed_at,
               c.sequence + months + coalesce(h.sequence, 0) + base AS sequence,
               greatest(extract(epoch FROM greatest(c.changed_at, h.changed_at, month AT TIME ZONE 'UTC'))::bigint,
                        touched) AS modified
        FROM (SELECT DISTINCT x.schedule_id FROM found x) AS d
        JOIN schedules s ON s.id = d.schedule_id
        JOIN groups g ON g.id = s.group_id
        JOIN series_calendars c ON c.schedule_id = s.id
        LEFT JOIN group_calendars h ON h.group_id = s.group_id
    ), places AS MATERIALIZED (
        SELECT v.id,
               CASE WHEN is_open          THEN calendar_location(v, sees_all)
                    WHEN f.place = 'town' THEN v.town END AS location,
               CASE WHEN is_open AND NOT v.point_follows AND (sees_all OR v.disclosure = 'public')
                    THEN round(ST_Y(v.point::geometry)::numeric, 6) || ';' || round(ST_X(v.point::geometry)::numeric, 6)
                    END AS point
        FROM (SELECT DISTINCT x.venue_id FROM found x) AS d
        JOIN venues v ON v.id = d.venue_id
    )
    SELECT
        m.schedule_id,
        s.uid,
        CASE WHEN f.person_id IS NULL THEN m.id ELSE md5(f.id || ' ' || m.id)::uuid END,
        m.date,
        m.shown ->> 'time_zone',
        extract(epoch FROM m.starts_at)::bigint,
        extract(epoch FROM m.ends_at)::bigint,
        extract(epoch FROM m.starts_at_local)::bigint,
        extract(epoch FROM m.ends_at AT TIME ZONE (m.shown ->> 'time_zone'))::bigint,
        extract(epoch FROM m.date + s.time_of_day)::bigint,
        CASE WHEN m.status = 'cancelled' OR m.deleted_at IS NOT NULL OR is_ended THEN 'CANCELLED'
             WHEN r.state = 'offered' THEN 'TENTATIVE'
             ELSE                          'CONFIRMED' END,
        CASE WHEN is_open THEN coalesce(m.shown ->> 'title', s.name) END,
        CASE WHEN is_open THEN nullif(concat_ws(E'\n', m.shown ->> 'note', s.summary), '') END,
        CASE WHEN m.venue_id IS NOT NULL THEN p.location
             WHEN NOT is_open            THEN NULL
             WHEN m.format = 'online'    THEN 'Online'
             WHEN m.format = 'phone'     THEN CASE f.language WHEN 'en' THEN 'Phone' ELSE 'Telefon' END END,
        p.point,
        CASE WHEN sees_all AND m.format <> 'in_person' THEN m.shown #>> '{online,join_url}' END,
        CASE WHEN is_open THEN '/v1/meetings/' || m.id ELSE s.path END,
        m.revision - 1 + s.raised,
        greatest(extract(epoch FROM greatest(m.updated_at, s.changed_at))::bigint, touched),
        s.rule,
        s.anchor,
        s.path,
        s.sequence,
        s.modified
    FROM found m
    JOIN series s ON s.id = m.schedule_id
    LEFT JOIN places p ON p.id = m.venue_id
    ORDER BY m.schedule_id, m.date;
END
$$;

-- What a feed needs to be made, beside its events. Searches that find too much are found out before that is read.
CREATE FUNCTION feed_head(of uuid, at timestamptz)
RETURNS TABLE (_problem text, feed_id uuid, placeholder uuid, since bigint, version text, good_until timestamptz,
               language text, alarm text, name text, summary text, title bytea, _person uuid, _wrapping_id integer, _wrapping bytea, _wrapped bytea)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT CASE WHEN f.search IS NOT NULL
                 AND (SELECT count(*) FROM feed_meetings(f, w.since, w.before)) > 10000 THEN 'too-many' END,
           f.id, md5('placeholder ' || f.id)::uuid, extract(epoch FROM w.since)::bigint, feed_version(f), w.good_until,
           f.language, f.alarm,
           CASE WHEN f.detail = 'full' THEN g.name END, CASE WHEN f.detail = 'full' THEN g.summary END,
           f.title, p.id, p.wrapping_key, k.wrapped, p.wrapped
    FROM feeds f
    CROSS JOIN LATERAL feed_window(f, at) AS w
    LEFT JOIN groups g ON g.id = f.group_id
    LEFT JOIN persons p ON p.id = f.person_id
    LEFT JOIN wrapping_keys k ON k.id = p.wrapping_key
    WHERE f.id = of;
END
$$;

-- Keeping and finding it ----------------------------------------------------------------------------

-- What a subscriber gets: whether it is still so, and whether it is to be made again soon. What a search finds is given
-- out for an hour, and made again meanwhile.
CREATE FUNCTION feed_find(wanted text, wanted_format text, at timestamptz)
RETURNS TABLE (feed_id uuid, etag text, modified bigint, is_packed boolean, is_fresh boolean, is_due boolean, is_touched boolean)
LANGUAGE plpgsql STABLE ROWS 1 AS $$
BEGIN
    RETURN QUERY
    SELECT f.id, b.etag, extract(epoch FROM b.modified_at)::bigint, b.packed IS NOT NULL,
           coalesce(b.version = feed_version(f)
                    AND at < b.good_until + CASE WHEN f.search IS NULL THEN interval '0' ELSE interval '55 minutes' END, false),
           coalesce(at >= b.good_until, false),
           f.used_on >= day_of(at)
    FROM feeds f
    LEFT JOIN feed_bodies b ON b.feed_id = f.id AND b.format = wanted_format
    WHERE f.key = wanted;
END
$$;

-- How much of what searches find is kept: what is beyond that is made for each reader.
CREATE FUNCTION feed_may_be_kept(f feeds, bytes integer) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN f.search IS NULL
        OR (SELECT coalesce(sum(octet_length(b.body)), 0) + bytes
            FROM feeds x JOIN feed_bodies b ON b.feed_id = x.id
            WHERE x.search IS NOT NULL) < 1000000000;
END
$$;

-- Keeps what was made of a feed. The same bytes keep their time. Returns when they changed last; now, if there is no
-- such feed any more or no room.
CREATE FUNCTION feed_store(of uuid, made_as text, made_of text, made_until timestamptz, tag text, bytes bytea, zipped bytea,
                           at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql AS $$
DECLARE
    f feeds;
    changed timestamptz;
BEGIN
    SELECT * INTO f FROM feeds WHERE id = of FOR KEY SHARE;
    IF NOT FOUND OR NOT feed_may_be_kept(f, octet_length(bytes)) THEN
        RETURN at;
    END IF;
    UPDATE feed_bodies b
    SET version = made_of, good_until = made_until, packed = coalesce(b.packed, zipped)
    WHERE b.feed_id = of AND b.format = made_as AND b.etag = tag
    RETURNING b.modified_at INTO changed;
    IF FOUND THEN
        RETURN changed;
    END IF;
    INSERT INTO feed_bodies AS b (feed_id, format, version, good_until, etag, modified_at, body, packed)
    VALUES (of, made_as, made_of, made_until, tag, date_trunc('second', at), bytes, zipped)
    ON CONFLICT (feed_id, format) DO UPDATE
    SET version = EXCLUDED.version, good_until = EXCLUDED.good_until, etag = EXCLUDED.etag, body = EXCLUDED.body,
        packed = EXCLUDED.packed,
        modified_at = CASE WHEN b.etag = EXCLUDED.etag THEN b.modified_at  -- somebody else stored it since
                           ELSE greatest(EXCLUDED.modified_at, b.modified_at + interval '1 second') END
    RETURNING modified_at INTO changed;
    RETURN changed;
END
$$;

-- The feeds that a job is about which are out of date and which somebody reads.
CREATE FUNCTION feeds_due(payload jsonb, at timestamptz) RETURNS TABLE (feed_id uuid, format text)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT b.feed_id, b.format
    FROM feeds f
    JOIN feed_bodies b ON b.feed_id = f.id
    WHERE (f.group_id = (payload ->> 'group_id')::uuid OR f.id = (payload ->> 'feed_id')::uuid)
      AND (b.good_until <= at OR b.version <> feed_version(f))
      AND f.used_on > day_of(at) - 30
    ORDER BY b.feed_id, b.format
    LIMIT 500;
END
$$;

-- Asks for the feeds to be made again whose windows have moved, and forgets those that nobody reads any more.
CREATE FUNCTION feeds_sweep(at timestamptz) RETURNS void
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
BEGIN
    PERFORM job_add('feeds', 'feed:' || due.id, NULL, jsonb_build_object('feed_id', due.id), at, at)
    FROM (SELECT DISTINCT f.id
          FROM feed_bodies b JOIN feeds f ON f.id = b.feed_id
          WHERE b.good_until <= at AND f.search IS NULL AND f.used_on > day_of(at) - 30
          LIMIT 1000) AS due;
    DELETE FROM feeds WHERE search IS NOT NULL AND used_on < day_of(at) - 8;
    DELETE FROM feed_bodies b USING feeds f
    WHERE f.id = b.feed_id AND b.good_until < at - interval '60 days' AND f.used_on < day_of(at) - 60;
END
$$;

INSERT INTO timetable (kind, every) VALUES ('windows', '10 minutes');

-- A person's feed -----------------------------------------------------------------------------------

-- Gives a person's feed an address, or a new one; the old one is dead. NULL hash: it keeps its own.
CREATE FUNCTION feed_write(of uuid, wanted jsonb, hash bytea, if_match bigint[], at timestamptz, OUT problem text, OUT f feeds)
LANGUAGE plpgsql AS $$
DECLARE
    was feeds;
BEGIN
    PERFORM FROM registrations WHERE id = of FOR NO KEY UPDATE;  -- first, as everywhere
    SELECT * INTO was FROM feeds WHERE person_id = of FOR UPDATE;
    IF hash IS NULL AND was.id IS NULL THEN
        problem := 'not-found';
        RETURN;
    END IF;
    IF NOT coalesce(was.revision, 0) = ANY (coalesce(if_match, ARRAY[coalesce(was.revision, 0)])) THEN
        problem := 'precondition-failed';
        RETURN;
    END IF;
    IF hash IS NOT NULL THEN
        DELETE FROM capabilities WHERE person_id = of AND kind = 'feed';
        INSERT INTO capabilities (hash, id, kind, person_id, created_at) VALUES (hash, gen_random_uuid(), 'feed', of, at);
    END IF;
    INSERT INTO feeds AS x (id, key, group_id, person_id, language, alarm, detail, place, title, created_at, updated_at, used_on)
    SELECT gen_random_uuid(), 'person:' || of, p.group_id, of, coalesce(wanted ->> 'language', p.language), wanted ->> 'alarm',
           coalesce(wanted ->> 'detail', 'discreet'), coalesce(wanted ->> 'place', 'none'), (wanted ->> 'title')::bytea,
           at, at, day_of(at)
    FROM persons p
    WHERE p.id = of
    ON CONFLICT (key) DO UPDATE
    SET language = EXCLUDED.language, alarm = EXCLUDED.alarm, detail = EXCLUDED.detail, place = EXCLUDED.place,
        title = EXCLUDED.title, updated_at = EXCLUDED.updated_at, revision = x.revision + 1
    RETURNING x.* INTO f;
END
$$;

-- The settings of a feed, with what opens its title.
CREATE FUNCTION feed_row(f feeds)
RETURNS TABLE (detail text, place text, language text, alarm text, title bytea, created_at timestamptz, last_used_on date,
               _person uuid, _wrapping_id integer, _wrapping bytea, _wrapped bytea, _revision bigint)
LANGUAGE sql STABLE AS $$
    SELECT f.detail, f.place, f.language, f.alarm, f.title, f.created_at, f.used_on,
           p.id, p.wrapping_key, k.wrapped, p.wrapped, f.revision
    FROM persons p
    JOIN wrapping_keys k ON k.id = p.wrapping_key
    WHERE p.id = f.person_id
$$;
