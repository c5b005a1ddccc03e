-- 0015_changes.sql: who may learn of which change, in which order, for how long, and what is there now.

-- Whom a change concerns ---------------------------------------------------------------------------

-- visibility: public, partners, unlisted (who keeps it), managed (who manages registrations for those who keep it) or
-- referred (who refers for those who made it); where a change has altered it, the wider of both. Rows from before this
-- have neither: nobody can ask for them.
ALTER TABLE changes
    ADD COLUMN visibility text   NOT NULL DEFAULT 'managed',
    ADD COLUMN keepers    uuid[] NOT NULL DEFAULT '{}',  -- the organisations that keep it, or did before
    ADD COLUMN beside     pg_snapshot;  -- with what all was found that shows it: others may have been adding to that
ALTER TABLE changes ALTER visibility DROP DEFAULT, ALTER keepers DROP DEFAULT;

-- The one place that says who may learn of a change: of it, not what is there now.
CREATE FUNCTION change_shows(c changes, is_admin boolean, is_partner boolean, manages boolean, refers boolean,
                             organisations uuid[])
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE c.visibility
        WHEN 'public'   THEN true
        WHEN 'partners' THEN is_admin OR is_partner OR coalesce(c.keepers && organisations, false)
        WHEN 'unlisted' THEN is_admin OR coalesce(c.keepers && organisations, false)
        WHEN 'referred' THEN refers AND coalesce(c.keepers && organisations, false)
        ELSE                 manages AND coalesce(c.keepers && organisations, false) END
$$;

-- What is committed for good, after a place in the order of commits: no transaction that may still write is older.
-- Revisions of one resource may stand in another order where a transaction began first and wrote last: tell of a
-- change what is so now. A place is that of a change that was read, for only what was committed outlives a crash: a
-- number that no committed transaction has may be given out once more.
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

-- Of registrations those who manage them learn that something happened, and nothing else: where the group shares them.
CREATE FUNCTION registrations_log() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes (at, resource, resource_id, revision, action, visibility, keepers)
    SELECT w.updated_at, 'registration', w.id, w.revision,
           CASE WHEN TG_OP = 'INSERT' THEN 'created' WHEN w.action = 'erase' THEN 'deleted' ELSE 'updated' END,
           'managed', ARRAY[g.organisation_id]
    FROM written w
    JOIN groups g ON g.id = w.group_id
    JOIN group_settings s ON s.group_id = g.id AND s.shared_with_organisation;
    RETURN NULL;
END
$$;
CREATE TRIGGER log_created AFTER INSERT ON registrations REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION registrations_log();
CREATE TRIGGER log_updated AFTER UPDATE ON registrations REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION registrations_log();

-- What shows anew ----------------------------------------------------------------------------------

-- Documents tell more than their own rows do. Where that changes, what shows it is told of, at the revision it has. Of
-- what is added by others meanwhile, the reader is told once more: see changes_beside().

CREATE INDEX meetings_by_closure ON meetings (closure_id) WHERE closure_id IS NOT NULL;

-- After a group changed: its meetings show its name. Who sees or keeps it does so with all that is of it.
CREATE FUNCTION group_show_anew() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    moves   boolean := (OLD.visibility, OLD.organisation_id, OLD.deleted_at)
                       IS DISTINCT FROM (NEW.visibility, NEW.organisation_id, NEW.deleted_at);
    shares  boolean := (settings_of(NEW.id)).shared_with_organisation;
    action  text    := CASE WHEN NEW.deleted_at IS NULL THEN 'updated' ELSE 'deleted' END;
    keepers uuid[]  := array_remove(ARRAY[NEW.organisation_id, nullif(OLD.organisation_id, NEW.organisation_id)], NULL);
BEGIN
    INSERT INTO changes (at, resource, resource_id, revision, action, visibility, keepers, beside)
    SELECT NEW.updated_at, x.resource, x.id, x.revision, action,
           CASE x.resource WHEN 'registration' THEN 'managed' ELSE wider(NEW.visibility, OLD.visibility) END, keepers,
           CASE x.resource WHEN 'group' THEN pg_current_snapshot() END
    FROM (SELECT 'group' AS resource, NEW.id, NEW.revision
          UNION ALL
          SELECT 'schedule', id, revision FROM schedules
          WHERE moves AND group_id = NEW.id AND deleted_at IS NULL
          UNION ALL
          SELECT 'meeting', id, revision FROM meetings
          WHERE group_id = NEW.id AND deleted_at IS NULL
          UNION ALL
          SELECT 'registration', r.id, r.revision FROM registrations r
          WHERE moves AND shares AND r.group_id = NEW.id AND r.action <> 'erase') AS x;
    RETURN NULL;
END
$$;
CREATE TRIGGER show_anew AFTER UPDATE ON groups FOR EACH ROW
    WHEN ((OLD.name, OLD.slug, OLD.summary, OLD.visibility, OLD.organisation_id, OLD.deleted_at)
          IS DISTINCT FROM (NEW.name, NEW.slug, NEW.summary, NEW.visibility, NEW.organisation_id, NEW.deleted_at))
    EXECUTE FUNCTION group_show_anew();

-- After a group decided whether to share its registrations.
CREATE FUNCTION settings_show_anew() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes (at, resource, resource_id, revision, action, visibility, keepers)
    SELECT NEW.updated_at, 'registration', r.id, r.revision, 'updated', 'managed', ARRAY[g.organisation_id]
    FROM registrations r
    JOIN groups g ON g.id = r.group_id
    WHERE r.group_id = NEW.group_id AND r.action <> 'erase';
    RETURN NULL;
END
$$;
CREATE TRIGGER show_anew_created AFTER INSERT ON group_settings FOR EACH ROW
    WHEN (NEW.shared_with_organisation) EXECUTE FUNCTION settings_show_anew();
CREATE TRIGGER show_anew_updated AFTER UPDATE ON group_settings FOR EACH ROW
    WHEN (OLD.shared_with_organisation <> NEW.shared_with_organisation) EXECUTE FUNCTION settings_show_anew();

-- After a venue changed: meetings that have begun are not written any more, but show where it is; and who keeps it
-- keeps its closures.
CREATE FUNCTION venue_show_anew() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes (at, resource, resource_id, revision, action, visibility, keepers, beside)
    SELECT NEW.updated_at, 'venue', NEW.id, NEW.revision, 'updated', 'unlisted', ARRAY[NEW.organisation_id],
           pg_current_snapshot()
    UNION ALL
    SELECT NEW.updated_at, 'meeting', m.id, m.revision, 'updated', g.visibility, ARRAY[g.organisation_id], NULL
    FROM meetings m
    JOIN groups g ON g.id = m.group_id
    WHERE m.venue_id = NEW.id AND m.deleted_at IS NULL AND m.starts_at <= NEW.updated_at
    UNION ALL
    SELECT NEW.updated_at, 'closure', c.id, c.revision, 'updated', 'public', '{}', NULL
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
    INSERT INTO changes (at, resource, resource_id, revision, action, visibility, keepers, beside)
    SELECT NEW.updated_at, 'closure', NEW.id, NEW.revision, 'updated', 'public', '{}'::uuid[], pg_current_snapshot()
    UNION ALL
    SELECT NEW.updated_at, 'meeting', m.id, m.revision, 'updated', g.visibility, ARRAY[g.organisation_id], NULL
    FROM meetings m
    JOIN groups g ON g.id = m.group_id
    WHERE m.closure_id = NEW.id AND m.deleted_at IS NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER show_anew AFTER UPDATE ON closures FOR EACH ROW
    WHEN (OLD.note IS DISTINCT FROM NEW.note) EXECUTE FUNCTION closure_show_anew();

-- What is there now -------------------------------------------------------------------------------

-- Documents are what GET answers, save what moves without anybody writing: stale and next_meeting_at of a group, groups
-- of a topic, seats of a meeting.

CREATE FUNCTION organisation_document(o organisations) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'id', o.id, 'kind', o.kind, 'name', o.name, 'summary', o.summary, 'parent_id', o.parent_id, 'region', o.region,
        'contact', o.contact, 'website', o.website, 'revision', o.revision, 'created_at', instant(o.created_at),
        'updated_at', instant(o.updated_at))
$$;

CREATE FUNCTION topic_document(t topics, language text) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'id', t.id, 'slug', t.slug, 'name', coalesce(t.names ->> language, t.names ->> 'de'), 'names', t.names,
        'synonyms', t.synonyms, 'icd10', t.icd10, 'rare', t.rare, 'parent_id', t.parent_id, 'revision', t.revision,
        'created_at', instant(t.created_at), 'updated_at', instant(t.updated_at))
$$;

-- What some caller may read. Its mark names all that decides about that: a copy that was made under another is not
-- to be led on.
CREATE TYPE reader AS (language text, is_admin boolean, is_partner boolean, manages boolean, refers boolean,
                       organisations uuid[]);

CREATE FUNCTION reader_mark(r reader) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT md5(concat_ws(' ', r.is_admin, r.is_partner, r.manages, r.refers, ARRAY(SELECT unnest(r.organisations) ORDER BY 1)))
$$;

-- A resource as a reader may see it now, or NULL. Of venues, those that lists show. Of a registration
-- or a referral, that it is there.
CREATE FUNCTION resource_document(resource text, of uuid, r reader) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    g groups;
    m meetings;
    s schedules;
BEGIN
    CASE resource
    WHEN 'organisation' THEN
        RETURN (SELECT organisation_document(o) FROM organisations o WHERE o.id = of AND o.deleted_at IS NULL);
    WHEN 'topic' THEN
        RETURN (SELECT topic_document(t, r.language) FROM topics t WHERE t.id = of AND t.deleted_at IS NULL);
    WHEN 'venue' THEN
        RETURN (SELECT venue_document(v, keeps(v.organisation_id, r.is_admin, r.organisations)) FROM venues v
                WHERE v.id = of AND v.deleted_at IS NULL
                  AND (v.disclosure = 'public' OR keeps(v.organisation_id, r.is_admin, r.organisations)));
    WHEN 'closure' THEN
        RETURN (SELECT closure_document(c, keeps(closure_keeper(c), r.is_admin, r.organisations)) FROM closures c
                WHERE c.id = of AND c.deleted_at IS NULL);
    WHEN 'registration' THEN
        RETURN (SELECT json_build_object('id', x.id, 'group_id', x.group_id, 'schedule_id', x.schedule_id,
                                         'meeting_id', x.meeting_id, 'revision', x.revision)
                FROM registrations x
                WHERE x.id = of AND x.action <> 'erase'
                  AND registration_right(x, NULL, NULL, r.manages, r.organisations) IS NOT NULL);
    WHEN 'referral' THEN
        RETURN (SELECT json_build_object('id', x.id, 'revision', x.revision)
                FROM referrals x
                WHERE x.id = of AND r.refers AND x.organisation_id = ANY (r.organisations));
    WHEN 'group' THEN
        SELECT * INTO g FROM groups x WHERE x.id = of;
    WHEN 'schedule' THEN
        SELECT * INTO s FROM schedules x WHERE x.id = of AND x.deleted_at IS NULL;
        SELECT * INTO g FROM groups x WHERE x.id = s.group_id;
    WHEN 'meeting' THEN
        SELECT * INTO m FROM meetings x WHERE x.id = of AND x.deleted_at IS NULL;
        SELECT * INTO g FROM groups x WHERE x.id = m.group_id;
    ELSE
        RETURN NULL;
    END CASE;
    IF g.deleted_at IS NOT NULL
       OR g.id IS NULL
       OR NOT group_is_visible(g.visibility, g.organisation_id, r.is_admin, r.is_partner, r.organisations) THEN
        RETURN NULL;
    ELSIF s.id IS NOT NULL THEN
        RETURN schedule_document(s, keeps(g.organisation_id, r.is_admin, r.organisations));
    ELSIF m.id IS NOT NULL THEN
        m.shown := m.shown - 'registration';  -- where one cannot register, no seats are counted
        RETURN meeting_document(m, r.is_admin, r.organisations);
    END IF;
    RETURN (SELECT CASE WHEN r.is_partner AND g.partner_note IS NOT NULL
                        THEN (left(d.document::text, -1) || ',"partner_note":' || to_json(g.partner_note) || '}')::json
                        ELSE d.document END
            FROM group_documents d
            WHERE d.group_id = g.id AND d.language = r.language);
END
$$;

-- Whether a reader sees now what is of a group, whatever was so when somebody wrote it who did not see yet that the
-- group had changed.
CREATE FUNCTION resource_shows(resource text, of uuid, r reader) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN CASE
        WHEN resource IN ('schedule', 'meeting') THEN
            EXISTS (SELECT FROM groups g
                    WHERE g.id = coalesce((SELECT m.group_id FROM meetings m WHERE m.id = of),
                                          (SELECT s.group_id FROM schedules s WHERE s.id = of))
                      AND group_is_visible(g.visibility, g.organisation_id, r.is_admin, r.is_partner, r.organisations))
        WHEN resource = 'registration' AND r.manages THEN
            EXISTS (SELECT FROM registrations x
                    WHERE x.id = of AND registration_right(x, NULL, NULL, true, r.organisations) IS NOT NULL)
        ELSE false END;
END
$$;

-- What was written of the same while a change was told to all that shows it, and was committed by somebody whose
-- transaction is older: a reader may have it already, as it was before.
CREATE FUNCTION changes_beside(c changes) RETURNS SETOF changes
LANGUAGE sql STABLE AS $$
    SELECT o.*
    FROM changes o
    WHERE o.transaction >= pg_snapshot_xmin(c.beside) AND o.transaction < c.transaction
      AND NOT pg_visible_in_snapshot(o.transaction, c.beside)
      AND c.resource_id IN (
          SELECT unnest(ARRAY[m.group_id, m.venue_id, m.closure_id]) FROM meetings m WHERE m.id = o.resource_id
          UNION ALL
          SELECT s.group_id FROM schedules s WHERE s.id = o.resource_id
          UNION ALL
          SELECT x.group_id FROM registrations x WHERE x.id = o.resource_id
          UNION ALL
          SELECT k.venue_id FROM closures k WHERE k.id = o.resource_id)
$$;

-- The kinds of resources that anybody can follow; in an export, each after those that it refers to.
CREATE FUNCTION resource_kinds() RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT '{organisation,topic,venue,group,schedule,closure,meeting,registration,referral}'::text[]
$$;

-- The next of all resources of a kind by their ids.
CREATE FUNCTION resources_after(resource text, after uuid, count integer) RETURNS uuid[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN CASE resource
    WHEN 'organisation' THEN
        ARRAY(SELECT id FROM organisations WHERE id > after AND deleted_at IS NULL ORDER BY id LIMIT count)
    WHEN 'topic' THEN
        ARRAY(SELECT id FROM topics WHERE id > after AND deleted_at IS NULL ORDER BY id LIMIT count)
    WHEN 'venue' THEN
        ARRAY(SELECT id FROM venues WHERE id > after AND deleted_at IS NULL ORDER BY id LIMIT count)
    WHEN 'group' THEN
        ARRAY(SELECT id FROM groups WHERE id > after AND deleted_at IS NULL ORDER BY id LIMIT count)
    WHEN 'schedule' THEN
        ARRAY(SELECT id FROM schedules WHERE id > after AND deleted_at IS NULL ORDER BY id LIMIT count)
    WHEN 'closure' THEN
        ARRAY(SELECT id FROM closures WHERE id > after AND deleted_at IS NULL ORDER BY id LIMIT count)
    WHEN 'meeting' THEN
        ARRAY(SELECT id FROM meetings WHERE id > after AND deleted_at IS NULL ORDER BY id LIMIT count)
    WHEN 'registration' THEN
        ARRAY(SELECT id FROM registrations WHERE id > after AND action <> 'erase' ORDER BY id LIMIT count)
    WHEN 'referral' THEN
        ARRAY(SELECT id FROM referrals WHERE id > after ORDER BY id LIMIT count)
    END;
END
$$;

-- How long changes are kept ------------------------------------------------------------------------

-- The last place up to which changes are kept no longer.
CREATE TABLE changes_forgotten (
    transaction xid8   NOT NULL,
    sequence    bigint NOT NULL
);
INSERT INTO changes_forgotten VALUES (pg_snapshot_xmin(pg_current_snapshot()), 0);

-- Whether all is there that came after a place in the order of commits. One of another database is none.
CREATE FUNCTION changes_are_kept(after_transaction xid8, after_sequence bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT (after_transaction, after_sequence) >= (f.transaction, f.sequence)
       AND after_transaction < pg_snapshot_xmax(pg_current_snapshot())
    FROM changes_forgotten f
$$;

-- The place after which is all that is yet to come.
CREATE FUNCTION changes_end(OUT transaction xid8, OUT sequence bigint)
LANGUAGE sql STABLE AS $$
    (SELECT c.transaction, c.sequence
     FROM changes c
     WHERE c.transaction < pg_snapshot_xmin(pg_current_snapshot())
     ORDER BY c.transaction DESC, c.sequence DESC
     LIMIT 1)
    UNION ALL
    SELECT f.transaction, f.sequence FROM changes_forgotten f
    LIMIT 1
$$;

-- Forgets changes after 31 days, oldest transactions first, some at a time; and those of a database that this one was
-- restored from, whose transactions have not begun here.
CREATE FUNCTION changes_forget(at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    settled xid8 := pg_snapshot_xmin(pg_current_snapshot());
    begins  xid8 := pg_snapshot_xmax(pg_current_snapshot());
    kept    xid8 := coalesce((SELECT c.transaction FROM changes c
                              WHERE c.at >= changes_forget.at - interval '31 days' AND c.transaction < settled
                              ORDER BY c.transaction, c.sequence
                              LIMIT 1), settled);
BEGIN
    DELETE FROM changes WHERE transaction >= begins;
    UPDATE changes_forgotten SET transaction = settled, sequence = 0 WHERE transaction >= begins;
    WITH gone AS (
        DELETE FROM changes c
        WHERE c.sequence IN (SELECT old.sequence FROM changes old
                             WHERE old.transaction < kept
                             ORDER BY old.transaction, old.sequence
                             LIMIT 50000)
        RETURNING c.transaction, c.sequence
    )
    UPDATE changes_forgotten f
    SET transaction = g.transaction, sequence = g.sequence
    FROM (SELECT * FROM gone ORDER BY transaction DESC, sequence DESC LIMIT 1) AS g
    WHERE (g.transaction, g.sequence) > (f.transaction, f.sequence);
END
$$;

INSERT INTO timetable (kind, every) VALUES ('changes', '10 minutes');
