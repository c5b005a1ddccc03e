-- 0021_tenants.sql: the API's own database role, which owns nothing, and row level security: who sees whose rows, said once more.

-- The role ---------------------------------------------------------------------------------------------------------

-- Roles belong to the whole cluster: another database of it may have made it, or be making it.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'runde_api') THEN
        CREATE ROLE runde_api NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END
$$;
GRANT USAGE ON SCHEMA public TO runde_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO runde_api;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO runde_api;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO runde_api;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO runde_api;

-- What only functions write, or read at all: a statement of the API cannot.
REVOKE INSERT, UPDATE, DELETE ON persons, registrations, leaders, messages, screenings, attendances, registration_events, places,
    referrals, feed_bodies, wrapping_keys, consent_texts, registration_transitions, fetched_keys FROM runde_api;
GRANT UPDATE (links) ON persons TO runde_api;
REVOKE UPDATE, DELETE ON audit, changes FROM runde_api;
REVOKE SELECT, UPDATE, DELETE ON recoveries FROM runde_api;
REVOKE ALL ON audit_seals, group_cells, erasures, mail_allowances, reminders, suppressed_addresses, mails_counted, migrations FROM runde_api;

-- Who is asking ------------------------------------------------------------------------------------------------------

-- Said for one transaction by caller_tell.sql, before a statement that asks for what not everybody may see. Who has said
-- nothing is nobody, and sees nothing.
CREATE FUNCTION asking_persons() RETURNS uuid[]
LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('runde.persons', true), '')::uuid[]
$$;
CREATE FUNCTION led_by(persons uuid[]) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT l.group_id FROM leaders l WHERE l.id = ANY (persons) AND l.state = 'active' LIMIT 1
$$;
CREATE FUNCTION asking_leads() RETURNS uuid  -- by their session, or by the link in a mail to them
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN current_setting('runde.leads', true) <> ''   THEN current_setting('runde.leads')::uuid
                WHEN current_setting('runde.persons', true) <> '' THEN led_by(asking_persons()) END
$$;
CREATE FUNCTION asking_organisations() RETURNS uuid[]
LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('runde.organisations', true), '')::uuid[]
$$;
CREATE FUNCTION asking_is_admin() RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT coalesce(current_setting('runde.is_admin', true), '') = 'true'
$$;

-- Whoever has just registered, or shown that an address is theirs, may see what is theirs for the rest of the transaction.
CREATE FUNCTION shown_to_caller(r registrations) RETURNS registrations
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('runde.persons', (coalesce(asking_persons(), '{}') || r.id)::text, true);
    RETURN r;
END
$$;

-- Mandates -------------------------------------------------------------------------------------------------------------

-- What a group lets another organisation do for it than the one that keeps it.
--   entry          its entry, series and meetings, as the keeper may
--   registrations  who comes, as leaders may
CREATE TABLE mandates (
    group_id        uuid NOT NULL REFERENCES groups (id),
    organisation_id uuid NOT NULL CONSTRAINT mandate_organisation REFERENCES organisations (id),
    rights          text[] NOT NULL CHECK (rights <@ '{entry,registrations}'),  -- empty: withdrawn
    revision        bigint NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (group_id, organisation_id)
);
CREATE INDEX mandates_by_organisation ON mandates (organisation_id);

CREATE FUNCTION is_mandated(of uuid, wanted text, organisations uuid[]) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM mandates m
                   WHERE m.group_id = of AND m.organisation_id = ANY (organisations) AND wanted = ANY (m.rights));
END
$$;

-- The organisations as which those who ask act for a group: with a mandate they are its keeper, and no more than that.
CREATE FUNCTION acting_for(of uuid, organisations uuid[]) RETURNS uuid[]
LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
    RETURN CASE WHEN is_mandated(of, 'entry', organisations) THEN ARRAY[(SELECT g.organisation_id FROM groups g WHERE g.id = of)]
                ELSE organisations END;
END
$$;

-- Whether they keep it; and whether they may know who comes.
CREATE FUNCTION is_kept(of uuid, organisations uuid[]) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM groups g WHERE g.id = of AND g.deleted_at IS NULL AND g.organisation_id = ANY (organisations));
END
$$;
CREATE FUNCTION is_shared(of uuid, organisations uuid[]) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN is_kept(of, organisations) AND (settings_of(of)).shared_with_organisation
        OR is_mandated(of, 'registrations', organisations);
END
$$;

CREATE OR REPLACE FUNCTION registration_right(r registrations, person uuid, leads uuid, manages boolean, organisations uuid[])
RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN CASE WHEN r.id = person                                         THEN 'person'
                WHEN r.group_id = leads                                    THEN 'leader'
                WHEN manages AND is_shared(r.group_id, organisations)      THEN 'manager' END;
END
$$;

-- Who may read what a group has given: its leaders, its keeper, and whoever has the mandate.
CREATE FUNCTION mandate_verdict(g groups, leads uuid, is_admin boolean, is_partner boolean, organisations uuid[], of uuid)
RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN CASE WHEN g.id = leads                                                                       THEN NULL
                WHEN leads IS NOT NULL                                                                  THEN 'not-found'
                WHEN of = ANY (organisations)
                     AND group_is_visible(g.visibility, g.organisation_id, is_admin, is_partner, organisations) THEN NULL
                ELSE write_verdict(g.organisation_id, g.visibility, is_admin, is_partner, organisations) END;
END
$$;

-- Gives, changes or withdraws one. What was never given has revision 1.
CREATE FUNCTION mandate_write(of uuid, organisation uuid, wanted text[], if_match bigint[], who jsonb, at timestamptz,
                              OUT problem text, OUT m mandates)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM groups WHERE id = of FOR NO KEY UPDATE;
    SELECT * INTO m FROM mandates x WHERE x.group_id = of AND x.organisation_id = organisation;
    m.revision := coalesce(m.revision, 1);
    IF NOT m.revision = ANY (coalesce(if_match, ARRAY[m.revision])) THEN
        problem := 'precondition-failed';
        RETURN;
    END IF;
    INSERT INTO mandates AS x (group_id, organisation_id, rights, revision, created_at, updated_at)
    VALUES (of, organisation, wanted, m.revision + 1, at, at)
    ON CONFLICT (group_id, organisation_id) DO UPDATE SET rights = wanted, revision = x.revision + 1, updated_at = at
    RETURNING x.* INTO m;
    INSERT INTO audit (at, writer, action, resource, resource_id, revision, members)
    VALUES (at, who, CASE wanted WHEN '{}' THEN 'deleted' ELSE 'updated' END, 'mandate', of, m.revision, wanted);
END
$$;

-- The second wall ------------------------------------------------------------------------------------------------------

-- The first is in each statement. Policies stand in the way of each row, so they are of what PostgreSQL puts into a query
-- itself (functions of one expression), or of what is asked for few rows.

-- Whether those who ask may know who comes to a group. That is found out for its first row, and known for the others.
CREATE FUNCTION asking_shares_anew(of uuid) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT is_shared(of, asking_organisations()) THEN
        RETURN false;
    END IF;
    PERFORM set_config('runde.shared', of::text, true);
    RETURN true;
END
$$;
CREATE FUNCTION asking_shares(of uuid) RETURNS boolean
LANGUAGE sql AS $$
    SELECT of::text = current_setting('runde.shared', true) OR asking_shares_anew(of)
$$;

CREATE POLICY caller ON persons TO runde_api
    USING (id = ANY (asking_persons())
           OR group_id = asking_leads()
           OR role = 'leader' AND (asking_is_admin() OR is_kept(group_id, asking_organisations()))
           OR role = 'registrant' AND asking_shares(group_id));
CREATE POLICY caller ON registrations TO runde_api
    USING (id = ANY (asking_persons())
           OR group_id = asking_leads()
           OR asking_shares(group_id));
CREATE POLICY caller ON leaders TO runde_api
    USING (id = ANY (asking_persons())
           OR group_id = asking_leads()
           OR asking_is_admin()
           OR is_kept(group_id, asking_organisations()));
CREATE POLICY caller ON messages TO runde_api
    USING (thread_id = ANY (asking_persons()) OR group_id = asking_leads());
CREATE POLICY caller ON capabilities TO runde_api
    USING (person_id = ANY (asking_persons()));
CREATE POLICY caller ON feeds TO runde_api
    USING (person_id IS NULL OR person_id = ANY (asking_persons()));
CREATE POLICY caller ON referrals TO runde_api
    USING (organisation_id = ANY (asking_organisations())
           OR redeemed_group_id = asking_leads()
           OR person_id = ANY (asking_persons()));
CREATE POLICY caller ON recoveries FOR INSERT TO runde_api
    WITH CHECK (true);

-- These belong to a registration, and are seen with it.
CREATE FUNCTION asking_sees(registration uuid) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    RETURN EXISTS (SELECT FROM registrations r WHERE r.id = registration);
END
$$;
CREATE POLICY caller ON screenings TO runde_api
    USING (asking_sees(registration_id));
CREATE POLICY caller ON attendances TO runde_api
    USING (asking_sees(registration_id));
CREATE POLICY caller ON registration_events TO runde_api
    USING (asking_sees(registration_id));
CREATE POLICY caller ON feed_bodies TO runde_api
    USING (EXISTS (SELECT FROM feeds f WHERE f.id = feed_id));

DO $$
DECLARE
    walled text;
BEGIN
    FOR walled IN SELECT DISTINCT tablename FROM pg_policies WHERE policyname = 'caller' LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', walled);
    END LOOP;
END
$$;

-- Through the wall -----------------------------------------------------------------------------------------------------

-- A secret finds whose it is before anybody knows who asks. What is found is all that the secret is good for.
CREATE FUNCTION capability_find(of bytea, at timestamptz)
RETURNS TABLE (person_id uuid, group_id uuid, is_session boolean)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT p.id, p.group_id, c.kind = 'session'
    FROM capabilities c
    JOIN persons p ON p.id = c.person_id
    WHERE c.hash = of
      AND c.kind IN ('life', 'session')
      AND (c.expires_at IS NULL OR c.expires_at > at)
      AND p.erased_at IS NULL
      AND (c.kind = 'life' OR EXISTS (SELECT FROM leaders l WHERE l.id = p.id AND l.state = 'active'));
END
$$;
CREATE FUNCTION confirmation_find(of bytea, at timestamptz)
RETURNS TABLE (id uuid, language text, links bigint)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT p.id, p.language, p.links
    FROM capabilities c
    JOIN persons p ON p.id = c.person_id
    WHERE c.hash = of AND c.kind = 'confirmation' AND p.erased_at IS NULL
      AND (c.used_at IS NOT NULL OR c.expires_at > at);
END
$$;
CREATE FUNCTION sign_in_find(of bytea, at timestamptz)
RETURNS TABLE (language text, is_invitation boolean)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT p.language, c.kind = 'invitation'
    FROM capabilities c
    JOIN persons p ON p.id = c.person_id
    WHERE c.hash = of AND c.kind IN ('sign_in', 'invitation') AND c.expires_at > at;
END
$$;
CREATE FUNCTION link_find(of uuid, number bigint)
RETURNS TABLE (id uuid, role text, group_id uuid, language text, mails text, is_suppressed boolean)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT p.id, p.role, p.group_id, p.language, p.mails, contact_is_suppressed(p.id)
    FROM persons p
    WHERE p.id = of AND p.links = number AND p.erased_at IS NULL;
END
$$;
CREATE FUNCTION feed_body_find(of uuid, wanted_format text, wanted_etag text)
RETURNS TABLE (person_id uuid, body bytea, packed bytea, wrapping_key integer, wrapping bytea, wrapped bytea)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT f.person_id, b.body, b.packed, p.wrapping_key, k.wrapped, p.wrapped
    FROM feed_bodies b
    JOIN feeds f ON f.id = b.feed_id
    LEFT JOIN persons p ON p.id = f.person_id
    LEFT JOIN wrapping_keys k ON k.id = p.wrapping_key
    WHERE b.feed_id = of AND b.format = wanted_format AND b.etag = wanted_etag;
END
$$;
CREATE FUNCTION feed_of_token(of bytea)
RETURNS TABLE (key text, group_id uuid, language text)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT f.key, f.group_id, f.language
    FROM capabilities c
    JOIN feeds f ON f.person_id = c.person_id
    WHERE c.hash = of AND c.kind = 'feed';
END
$$;
CREATE FUNCTION feed_touch(of uuid, on_day date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE feeds
    SET used_on = on_day
    WHERE id IN (SELECT id FROM feeds WHERE id = of FOR NO KEY UPDATE SKIP LOCKED);
END
$$;

-- What these do concerns others than whoever asks: the next in a waiting list, who leads a group, what all are told. They
-- decide themselves whether the caller may have it done.
DO $$
DECLARE
    named text;
BEGIN
    FOR named IN
        SELECT p.oid::regprocedure::text
        FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace
          AND p.proname = ANY (regexp_split_to_array(
              'capability_find confirmation_find contact_is_suppressed entry_answer feed_body_find feed_events feed_find
               feed_head feed_of_token feed_store feed_touch feed_write feeds_refresh group_end_leaders group_show_anew
               is_led leader_invite leader_leave link_find links_renew meetings_lead_registrations message_create
               person_end_feed person_erase person_lift_suppression person_wish referral_act referral_create
               referral_withdraw registration_act registration_attend registration_claim registration_confirm
               registration_count registration_erase registration_mark_calendar registration_move registration_position
               registration_screen registrations_create reply_create schedule_end_registrations schedule_hand_over
               schedule_lead_places session_create settings_show_anew sign_in_create sign_in_find', '\s+'))
    LOOP
        EXECUTE 'ALTER FUNCTION ' || named || ' SECURITY DEFINER SET search_path = public, pg_temp';
    END LOOP;
END
$$;
