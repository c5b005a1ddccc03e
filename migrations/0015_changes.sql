-- 0015_changes.sql: who may learn of which change, in which order, for how long, and what is there now.

-- Whom a change concerns ---------------------------------------------------------------------------

-- visibility: public, partners, unlisted (who keeps it) or managed (who manages the registrations of those who keep
-- it); where a change has altered it, the wider of both. Rows from before this have neither: nobody can ask for them.
ALTER TABLE changes
    ADD COLUMN visibility text   NOT NULL DEFAULT 'managed',
    ADD COLUMN keepers    uuid[] NOT NULL DEFAULT '{}';  -- the organisations that keep it, or did before
ALTER TABLE changes ALTER visibility DROP DEFAULT, ALTER keepers DROP DEFAULT;

-- The one place that says who may learn of a change: of it, not what is there now.
CREATE FUNCTION change_shows(c changes, is_admin boolean, is_partner boolean, manages boolean, organisations uuid[])
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT is_admin OR CASE c.visibility
        WHEN 'public'   THEN true
        WHEN 'partners' THEN is_partner OR coalesce(c.keepers && organisations, false)
        WHEN 'unlisted' THEN coalesce(c.keepers && organisations, false)
        ELSE                 manages AND coalesce(c.keepers && organisations, false) END
$$;

-- What is committed for good, after a place in the order of commits: no transaction that may still write is older.
-- Revisions of one resource may stand in another order where a transaction began first and wrote last: tell of a
-- change what is so now. Who has read all may go on from (pg_snapshot_xmin(pg_current_snapshot()), 0).
CREATE FUNCTION changes_after(after_transaction xid8, after_sequence bigint, count integer) RETURNS SETOF changes
LANGUAGE sql STABLE AS $$
    SELECT *
    FROM changes c
    WHERE (c.transaction, c.sequence) > (after_transaction, after_sequence)
      AND c.transaction < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY c.transaction, c.sequence
    LIMIT count
$$;

-- Of two audiences the wider one.
CREATE FUNCTION wider(one text, other text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN 'public' IN (one, other)   THEN 'public'
                WHEN 'partners' IN (one, other) THEN 'partners'
                ELSE                                 one END
$$;

-- Who may see a row of a resource, and which organisation keeps it. What is of a group is seen as the group is.
CREATE FUNCTION audience(row_of jsonb, OUT visibility text, OUT keeper uuid)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    visibility := coalesce(row_of ->> 'visibility', CASE WHEN row_of ->> 'disclosure' <> 'public' THEN 'unlisted' END,
                           'public');
    keeper := row_of ->> 'organisation_id';
    IF row_of ? 'group_id' THEN
        SELECT g.visibility, g.organisation_id INTO visibility, keeper
        FROM groups g
        WHERE g.id = (row_of ->> 'group_id')::uuid;
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION resource_log() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    members text[] := '{}';
    seen    record;
    was     record;
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
    seen := audience(to_jsonb(NEW));
    was := CASE WHEN TG_OP = 'UPDATE' THEN audience(to_jsonb(OLD)) ELSE seen END;
    INSERT INTO changes (at, resource, resource_id, revision, action, visibility, keepers)
    VALUES (NEW.updated_at, TG_ARGV[0], NEW.id, NEW.revision, action, wider(seen.visibility, was.visibility),
            array_remove(ARRAY[seen.keeper, nullif(was.keeper, seen.keeper)], NULL));
    INSERT INTO audit (at, writer, action, resource, resource_id, revision, members, reason)
    VALUES (NEW.updated_at, NEW.writer, action, TG_ARGV[0], NEW.id, NEW.revision, members, to_jsonb(NEW) ->> 'reason');
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION meetings_log_created() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes (at, resource, resource_id, revision, action, visibility, keepers)
    SELECT w.updated_at, 'meeting', w.id, w.revision, 'created', g.visibility, ARRAY[g.organisation_id]
    FROM written w
    JOIN groups g ON g.id = w.group_id;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION meetings_log_updated() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes (at, resource, resource_id, revision, action, visibility, keepers)
    SELECT w.updated_at, 'meeting', w.id, w.revision, CASE WHEN w.deleted_at IS NULL THEN 'updated' ELSE 'deleted' END,
           g.visibility, ARRAY[g.organisation_id]
    FROM written w
    JOIN groups g ON g.id = w.group_id;
    RETURN NULL;
END
$$;

-- Of registrations those who manage them learn that something happened, and nothing else.
CREATE FUNCTION registrations_log() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes (at, resource, resource_id, revision, action, visibility, keepers)
    SELECT w.updated_at, 'registration', w.id, w.revision,
           CASE WHEN TG_OP = 'INSERT' THEN 'created' WHEN w.action = 'erase' THEN 'deleted' ELSE 'updated' END,
           'managed', ARRAY[g.organisation_id]
    FROM written w
    JOIN groups g ON g.id = w.group_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER log_created AFTER INSERT ON registrations REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION registrations_log();
CREATE TRIGGER log_updated AFTER UPDATE ON registrations REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION registrations_log();

-- What shows anew ----------------------------------------------------------------------------------

-- Documents tell more than their own rows do. Where that changes, what shows it is told of, at the revision it has.

CREATE INDEX meetings_by_closure ON meetings (closure_id) WHERE closure_id IS NOT NULL;

-- After a group changed: its meetings show its name. Who sees or keeps it does so with all that is of it.
CREATE FUNCTION group_show_anew() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    moves boolean := (OLD.visibility, OLD.organisation_id) IS DISTINCT FROM (NEW.visibility, NEW.organisation_id);
BEGIN
    INSERT INTO changes (at, resource, resource_id, revision, action, visibility, keepers)
    SELECT NEW.updated_at, x.resource, x.id, x.revision, CASE WHEN NEW.deleted_at IS NULL THEN 'updated' ELSE 'deleted' END,
           CASE x.resource WHEN 'registration' THEN 'managed' ELSE wider(NEW.visibility, OLD.visibility) END,
           array_remove(ARRAY[NEW.organisation_id, nullif(OLD.organisation_id, NEW.organisation_id)], NULL)
    FROM (SELECT 'schedule' AS resource, id, revision FROM schedules
          WHERE moves AND group_id = NEW.id AND deleted_at IS NULL
          UNION ALL
          SELECT 'meeting', id, revision FROM meetings
          WHERE group_id = NEW.id AND deleted_at IS NULL
          UNION ALL
          SELECT 'registration', id, revision FROM registrations
          WHERE moves AND group_id = NEW.id AND action <> 'erase') AS x;
    RETURN NULL;
END
$$;
CREATE TRIGGER show_anew AFTER UPDATE ON groups FOR EACH ROW
    WHEN ((OLD.name, OLD.slug, OLD.summary, OLD.visibility, OLD.organisation_id, OLD.deleted_at)
          IS DISTINCT FROM (NEW.name, NEW.slug, NEW.summary, NEW.visibility, NEW.organisation_id, NEW.deleted_at))
    EXECUTE FUNCTION group_show_anew();

-- After a venue changed: meetings that have begun are not written any more, but show where it is; and who keeps it
-- keeps its closures.
CREATE FUNCTION venue_show_anew() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes (at, resource, resource_id, revision, action, visibility, keepers)
    SELECT NEW.updated_at, 'meeting', m.id, m.revision, 'updated', g.visibility, ARRAY[g.organisation_id]
    FROM meetings m
    JOIN groups g ON g.id = m.group_id
    WHERE m.venue_id = NEW.id AND m.deleted_at IS NULL AND m.starts_at <= NEW.updated_at
    UNION ALL
    SELECT NEW.updated_at, 'closure', c.id, c.revision, 'updated', 'public', '{}'
    FROM closures c
    WHERE c.venue_id = NEW.id AND c.deleted_at IS NULL AND NEW.organisation_id <> OLD.organisation_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER show_anew AFTER UPDATE ON venues FOR EACH ROW
    WHEN (OLD.revision <> NEW.revision AND NEW.deleted_at IS NULL) EXECUTE FUNCTION venue_show_anew();

-- After what is said of a closure changed: the meetings that it shuts say it too.
CREATE FUNCTION closure_show_anew() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes (at, resource, resource_id, revision, action, visibility, keepers)
    SELECT NEW.updated_at, 'meeting', m.id, m.revision, 'updated', g.visibility, ARRAY[g.organisation_id]
    FROM meetings m
    JOIN groups g ON g.id = m.group_id
    WHERE m.closure_id = NEW.id AND m.deleted_at IS NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER show_anew AFTER UPDATE ON closures FOR EACH ROW
    WHEN (OLD.note IS DISTINCT FROM NEW.note) EXECUTE FUNCTION closure_show_anew();

-- How long changes are kept ------------------------------------------------------------------------

-- All changes of transactions before this one are kept no longer, or never told whom they concern.
CREATE TABLE changes_kept (
    since xid8 NOT NULL
);
INSERT INTO changes_kept VALUES (pg_current_xact_id());

-- Forgets changes after 31 days, oldest transactions first, some at a time; and those of a database that this one was
-- restored from, whose transactions have not begun here.
CREATE FUNCTION changes_forget(now timestamptz) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    settled xid8 := pg_snapshot_xmin(pg_current_snapshot());
    kept    xid8 := least(settled, (SELECT c.transaction FROM changes c
                                    WHERE c.at >= now - interval '31 days'
                                    ORDER BY c.transaction, c.sequence
                                    LIMIT 1));
    gone    integer;
BEGIN
    UPDATE changes_kept SET since = kept WHERE since < kept;
    DELETE FROM changes c
    WHERE c.sequence IN (SELECT old.sequence FROM changes old
                         WHERE old.transaction < kept OR old.transaction >= pg_snapshot_xmax(pg_current_snapshot())
                         LIMIT 50000);
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;

INSERT INTO timetable (kind, every) VALUES ('changes', '10 minutes');
