-- 0010_jobs.sql: jobs claimed and settled in batches, and all that time brings as jobs of their own.

-- Jobs ---------------------------------------------------------------------------------------------

-- A claim changes no indexed column, and finds room for the new version of the row on the same page: no index is written.
ALTER TABLE jobs SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01);

-- Each kind waits in a queue of its own, so that many of one kind hold up none of another.
DROP INDEX jobs_to_run;
CREATE INDEX jobs_to_run ON jobs (kind, run_at, id) WHERE dead_at IS NULL;
DROP INDEX jobs_by_message;
CREATE INDEX jobs_by_message ON jobs ((payload ->> 'message_id')) WHERE payload ->> 'message_id' IS NOT NULL;

-- What is to be done again and again, however many workers there are: each entry becomes a job when it is due.
CREATE TABLE timetable (
    kind    text PRIMARY KEY,
    every   interval NOT NULL,
    due_at  timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO timetable (kind, every) VALUES
    ('clocks',  '6 hours'),      -- instants follow the laws of their time zones
    ('horizon', '1 hour'),       -- series are planned ahead
    ('expiry',  '10 minutes'),   -- what is kept no longer
    ('purge',   '10 minutes');   -- persons who are to be erased

-- What time brings, one thing at a time ------------------------------------------------------------

-- Functions that jobs call count days in UTC, whatever the session does: between it and us there may be a pooler.

DROP FUNCTION sweep(timestamptz);
DROP FUNCTION persons_purge(timestamptz, integer);
DROP FUNCTION recoveries_answer(timestamptz);

-- In a series: what has lapsed lapses, and whoever can be served by now is served.
CREATE FUNCTION series_proceed(of uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    s schedules := series_claim(of, at);
BEGIN
    DELETE FROM series_to_serve WHERE schedule_id = of AND due_at <= at;
    IF FOUND THEN
        PERFORM registrations_serve(s, daterange(NULL, NULL), at);
        PERFORM series_to_serve_later(of, at)
        WHERE EXISTS (SELECT FROM registrations r
                      WHERE r.schedule_id = of AND r.state = 'waiting' AND r.meeting_id IS NULL);
    END IF;
END
$$;

-- Whoever lost their link gets a new one by mail, if the address is known here; each at most once an hour.
CREATE FUNCTION recovery_answer(of bigint, at timestamptz) RETURNS void
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    asked recoveries;
    known uuid;
BEGIN
    DELETE FROM recoveries WHERE id = of RETURNING * INTO asked;
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
END
$$;

-- Whether all mails with the text of a message have gone. What was given up is still there.
CREATE FUNCTION message_has_gone(m messages, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT m.by_mail AND m.text IS NOT NULL AND m.created_at < at
       AND NOT EXISTS (SELECT FROM jobs j WHERE j.payload ->> 'message_id' = m.id::text)
$$;

-- The text of a message is forgotten once it is delivered.
CREATE FUNCTION message_deliver(of uuid, at timestamptz) RETURNS void
LANGUAGE sql SET timezone = 'UTC' AS $$
    UPDATE messages m SET text = NULL, delivered_at = at WHERE m.id = of AND message_has_gone(m, at)
$$;

-- Whether the time of a person is over: as many days after they were done as the group has set; at once if nobody ever
-- confirmed the address.
CREATE FUNCTION person_is_over(p persons, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT p.erased_at IS NULL
       AND person_done_at(p) < at - CASE
               WHEN EXISTS (SELECT FROM registrations r WHERE r.id = p.id AND r.state = 'expired' AND r.turn IS NULL)
                   THEN interval '0'
               ELSE make_interval(days => coalesce((SELECT g.retention_days FROM group_settings g
                                                    WHERE g.group_id = p.group_id), 30)) END
$$;

-- Erases a person whose time is over. What came of it is counted in erasures.
CREATE FUNCTION person_retire(of uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    p persons;
BEGIN
    PERFORM FROM registrations WHERE id = of FOR UPDATE;  -- first, as everywhere
    SELECT * INTO p FROM persons WHERE id = of FOR UPDATE;
    IF person_is_over(p, at) THEN
        PERFORM person_erase(of, 'retention', at);
        UPDATE leaders SET state = 'left' WHERE id = of;
    END IF;
END
$$;

-- Adds a job for each person whose time is over. Returns how many.
CREATE FUNCTION persons_purge(at timestamptz) RETURNS bigint
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    added bigint;
BEGIN
    INSERT INTO jobs (kind, key, run_at, created_at)
    SELECT 'erasure', p.id::text, at, at
    FROM persons p
    WHERE p.erased_at IS NULL AND person_is_over(p, at)
    ORDER BY p.id
    ON CONFLICT ON CONSTRAINT job_key DO NOTHING;
    GET DIAGNOSTICS added = ROW_COUNT;
    RETURN added;
END
$$;

-- Forgets what is kept no longer.
CREATE FUNCTION expired_forget(at timestamptz) RETURNS void
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
BEGIN
    UPDATE messages m  -- what could not be delivered
    SET text = NULL
    WHERE m.text IS NOT NULL AND m.created_at < at - interval '30 days';
    DELETE FROM spent_challenges WHERE expires_at < at;
    DELETE FROM mail_allowances WHERE day < (at AT TIME ZONE 'UTC')::date - 1;
    DELETE FROM mails_counted WHERE day < (at AT TIME ZONE 'UTC')::date - 1;
    DELETE FROM reminders WHERE starts_at < at - interval '2 days';
    DELETE FROM capabilities WHERE expires_at < at - interval '1 day';
END
$$;

-- Planning -----------------------------------------------------------------------------------------

DROP FUNCTION schedules_due(timestamptz, integer);

-- What C has to know of series that are to be planned up to the horizon, locked: of all or of one. Nobody waits for a
-- series that somebody else is writing: whoever asks again finds it.
CREATE FUNCTION schedules_due(at timestamptz, most integer, of uuid DEFAULT NULL)
RETURNS TABLE (id uuid, start date, start_minute integer, minutes integer, until date, sessions integer,
               skips_holidays boolean, rules text[], since date, horizon date)
LANGUAGE plpgsql SET plan_cache_mode = 'force_custom_plan' AS $$
BEGIN
    RETURN QUERY
    SELECT s.id, s.starts_at_local::date, (extract(epoch FROM s.starts_at_local::time) / 60)::integer,
           (extract(epoch FROM s.duration) / 60)::integer, s.until, s.sessions, s.holidays = 'skip', s.rules,
           CASE WHEN s.sessions IS NOT NULL THEN s.starts_at_local::date
                ELSE greatest(s.planned_until + 1, (at AT TIME ZONE 'UTC')::date - 1) END,
           horizon(at)
    FROM schedules s
    WHERE s.deleted_at IS NULL AND s.planned_until < horizon(at) - 7 AND (of IS NULL OR s.id = of)
    ORDER BY s.planned_until
    LIMIT most
    FOR UPDATE SKIP LOCKED;
END
$$;

-- Adds a job for each series that is to be planned. Returns how many.
CREATE FUNCTION schedules_plan(at timestamptz) RETURNS bigint
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    added bigint;
BEGIN
    INSERT INTO jobs (kind, key, run_at, created_at)
    SELECT 'plan', s.id::text, at, at
    FROM schedules s
    WHERE s.deleted_at IS NULL AND s.planned_until < horizon(at) - 7
    ORDER BY s.planned_until, s.id
    ON CONFLICT ON CONSTRAINT job_key DO NOTHING;
    GET DIAGNOSTICS added = ROW_COUNT;
    RETURN added;
END
$$;
