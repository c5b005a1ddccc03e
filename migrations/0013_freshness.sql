-- 0013_freshness.sql: whether what is published of a group is still right, and what leaders hear of their week.

-- Freshness ----------------------------------------------------------------------------------------

-- After how long without a word an entry is asked about, is asked about again, and counts as stale. Here and nowhere else.
CREATE FUNCTION entry_period(of text) RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE of WHEN 'ask'   THEN interval '6 months'
                   WHEN 'again' THEN interval '1 month'
                   WHEN 'stale' THEN interval '9 months' END
$$;

-- From when on an entry is stale if nobody says anything about it.
CREATE FUNCTION entry_stale_at(g groups) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(g.verified_at, g.created_at) + entry_period('stale')
$$;

-- It stands beside the document, for whether it has come is found out when that is read.
ALTER TABLE group_documents ADD COLUMN stale_at timestamptz;
UPDATE group_documents d SET stale_at = entry_stale_at(g) FROM groups g WHERE g.id = d.group_id;
ALTER TABLE group_documents ALTER COLUMN stale_at SET NOT NULL;

CREATE OR REPLACE FUNCTION group_publish() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.revision = OLD.revision THEN
        RETURN NULL;
    END IF;
    INSERT INTO group_documents (group_id, language, document, stale_at)
    SELECT NEW.id, language, group_document(NEW, language), entry_stale_at(NEW)
    FROM unnest('{de,en}'::text[]) AS language
    ON CONFLICT (group_id, language) DO UPDATE SET document = EXCLUDED.document, stale_at = EXCLUDED.stale_at;
    IF NEW.visibility = 'public' THEN  -- what is hidden must not show in what others find
        PERFORM search_words_learn(concat_ws(' ', NEW.name, NEW.town));
    END IF;
    RETURN NULL;
END
$$;

-- As before, and by whether entries are stale.
CREATE OR REPLACE FUNCTION groups_found(filter jsonb, words tsquery, near geography, at timestamptz, is_admin boolean,
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
      AND (filter ->> 'stale' IS NULL OR (entry_stale_at(g) <= at) = (filter ->> 'stale')::boolean)
      AND ((filter ->> 'weekday' IS NULL AND filter ->> 'time_from' IS NULL AND filter ->> 'time_to' IS NULL)
           OR EXISTS (SELECT FROM meetings m
                      WHERE m.group_id = g.id AND m.deleted_at IS NULL AND m.status <> 'cancelled'
                        AND m.starts_at BETWEEN at AND at + interval '35 days'
                        AND time_fits(m.starts_at_local, (filter ->> 'weekday')::text[],
                                      (filter ->> 'time_from')::time, (filter ->> 'time_to')::time)))
$$;

-- An import that brings a group says that its entry is right, changed or not; but that need not be written each night.
ALTER FUNCTION import_write_groups RENAME TO import_write_changed_groups;
CREATE FUNCTION import_write_groups(of uuid, src sources, at timestamptz, who jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM import_write_changed_groups(of, src, at, who);
    UPDATE groups g
    SET verified_at = at, updated_at = at, writer = who
    FROM import_groups i
    WHERE i.import_id = of AND g.id = i.group_id AND g.deleted_at IS NULL
      AND coalesce(g.verified_at, g.created_at) <= at - entry_period('again');
END
$$;

-- Asking leaders -----------------------------------------------------------------------------------

ALTER TABLE leaders
    ADD COLUMN asked_at    timestamptz NOT NULL DEFAULT '-infinity',  -- whether the entry is right
    ADD COLUMN overview_on date        NOT NULL DEFAULT '-infinity';  -- the Monday of the last overview

-- Whether an entry is old enough to ask about it. One of a group that has ended never is.
CREATE FUNCTION entry_is_due(g groups, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT g.deleted_at IS NULL AND g.status <> 'closed'
       AND coalesce(g.verified_at, g.created_at) <= at - entry_period('ask')
$$;

-- The leaders to whom mails may go that nobody has asked for.
CREATE VIEW leaders_to_mail AS
    SELECT l.*, p.email_confirmed_at
    FROM leaders l
    JOIN persons p ON p.id = l.id
    WHERE l.state = 'active' AND p.contact IS NOT NULL AND p.email_confirmed_at IS NOT NULL AND p.mails = 'all';

-- Asks leaders whether the entry of their group is right, and each of them again from time to time. That somebody was
-- asked is kept here, for a job that was done is forgotten; by a clock that was ahead, it counts for nothing.
CREATE FUNCTION entries_sweep(at timestamptz) RETURNS void
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
BEGIN
    WITH asked AS (
        UPDATE leaders
        SET asked_at = at
        WHERE id IN (SELECT l.id
                     FROM leaders_to_mail l JOIN groups g ON g.id = l.group_id
                     WHERE entry_is_due(g, at)
                       AND (l.asked_at <= at - entry_period('again') OR l.asked_at > at + interval '1 day')
                     LIMIT 1000)
        RETURNING id
    )
    INSERT INTO jobs (kind, key, person_id, payload, run_at, created_at)
    SELECT 'mail', 'freshness:' || id || ':' || to_char(at, 'YYYY-MM'), id, '{"template": "freshness"}', at, at
    FROM asked
    ON CONFLICT ON CONSTRAINT job_key DO NOTHING;
END
$$;

-- What a mail that asks tells beside its link: nothing. NULL if there is nothing to ask any more.
CREATE FUNCTION freshness_facts(leader uuid, at timestamptz) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT '{}'::jsonb
            FROM leaders l JOIN groups g ON g.id = l.group_id
            WHERE l.id = leader AND l.state = 'active' AND entry_is_due(g, at));
END
$$;

-- What a leader says to the question. right: the entry is confirmed; gone: the group has ended, so that no search finds it
-- unless it asks for such, and its organisation sees who said so; edit: nothing yet. Returns what is wrong, or NULL.
CREATE FUNCTION entry_answer(leader uuid, answer text, at timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE groups g
    SET verified_at = CASE WHEN answer IN ('right', 'gone') THEN at ELSE g.verified_at END,
        status = CASE WHEN answer = 'gone' THEN 'closed' ELSE g.status END,
        updated_at = at, writer = jsonb_build_object('leader_id', leader)
    FROM leaders l
    WHERE l.id = leader AND l.state = 'active' AND g.id = l.group_id AND g.deleted_at IS NULL;
    RETURN CASE WHEN NOT FOUND THEN 'not-found' END;
END
$$;

-- The week of leaders ------------------------------------------------------------------------------

-- The Monday on which the week of a group began, at nine, by the clocks of its zone.
CREATE FUNCTION overview_monday(zone text, at timestamptz, OUT monday date, OUT began_at timestamptz)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    monday := date_trunc('week', at AT TIME ZONE zone - interval '9 hours')::date;
    began_at := (monday + time '09:00') AT TIME ZONE zone;
END
$$;

-- Sends leaders the overview of a week that has begun, once; whoever came since then gets the next one. Whether there is
-- anything to say, the mail finds out.
CREATE FUNCTION overview_sweep(at timestamptz) RETURNS void
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    newest CONSTANT date := date_trunc('week', at + interval '5 hours')::date;  -- where it is nine first
BEGIN
    WITH due AS (
        SELECT l.id, week.monday
        FROM leaders_to_mail l
        CROSS JOIN LATERAL overview_monday(zone_of(l.group_id), at) AS week
        WHERE (l.overview_on < newest OR l.overview_on > newest + 7)
          AND l.overview_on <> week.monday
          AND l.email_confirmed_at < week.began_at
        LIMIT 20000
    ), told AS (
        UPDATE leaders l SET overview_on = due.monday FROM due WHERE l.id = due.id RETURNING l.id, l.overview_on
    )
    INSERT INTO jobs (kind, key, person_id, payload, run_at, created_at)
    SELECT 'mail', 'overview:' || id || ':' || to_char(overview_on, 'IYYY-"W"IW'), id, '{"template": "overview"}', at, at
    FROM told
    ON CONFLICT ON CONSTRAINT job_key DO NOTHING;
END
$$;

-- What a leader's overview tells: numbers that are not nought. NULL if there are none.
CREATE FUNCTION overview_facts(leader uuid, at timestamptz) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    of    CONSTANT uuid := (SELECT l.group_id FROM leaders l WHERE l.id = leader AND l.state = 'active');
    since CONSTANT timestamptz := at - interval '7 days';
BEGIN
    RETURN (
        WITH registration AS (
            SELECT r.id, r.state, r.created_at, 1 + r.companions AS people
            FROM schedules s JOIN registrations r ON r.schedule_id = s.id
            WHERE s.group_id = of
        ), number (name, value) AS (
            SELECT 'meetings', count(*)
            FROM meetings m
            WHERE m.group_id = of AND m.starts_at >= at AND m.starts_at < at + interval '7 days'
              AND m.deleted_at IS NULL AND m.status <> 'cancelled'
            UNION ALL
            SELECT 'registered', count(*)
            FROM registration
            WHERE created_at > since AND is_live(state) AND state <> 'unconfirmed'
            UNION ALL
            SELECT 'undecided', count(*) FROM registration WHERE state = 'screening'
            UNION ALL
            SELECT 'freed', sum(r.people)
            FROM registration r JOIN registration_events e ON e.registration_id = r.id
            WHERE e.at > since AND e.was IN ('confirmed', 'offered') AND NOT is_live(e.state) AND e.action <> 'end'
        )
        SELECT jsonb_object_agg(name, value) FROM number WHERE value > 0);
END
$$;

INSERT INTO timetable (kind, every) VALUES
    ('entries',  '1 hour'),     -- leaders are asked whether entries are right
    ('overview', '5 minutes');  -- and told what their week brings
