-- 0018_referrals.sql: referrals: handed over by insurers and partners, redeemed by people with their consent, answered by groups.

-- What people agree to ------------------------------------------------------------------------------

-- A text is for one purpose; registering and being told of are agreed to by themselves.
ALTER TABLE consent_texts ADD COLUMN purpose text NOT NULL DEFAULT 'registration'
    CONSTRAINT consent_purpose CHECK (purpose IN ('registration', 'referral'));
INSERT INTO consent_texts (version, language, purpose, text, current_since) VALUES
    ('2026-11-referral', 'de', 'referral', 'Ich bin einverstanden, dass die Stelle, von der mein Code ist, den Stand der Vermittlung '
     'erfährt: ob ich aufgenommen bin, ob es läuft oder ruht, ob es zu Ende ist, und einen Grund aus einer festen Liste, wenn '
     'nichts daraus wird. Sie erfährt nicht, wie ich mich nenne, bei welcher Gruppe ich bin (wenn sie nicht selbst eine genannt '
     'hat), was ich schreibe und ob ich zu einem Treffen komme. Die Gruppe sieht, dass ich vermittelt wurde. Ich kann das jederzeit beenden; danach erfährt die Stelle '
     'nichts mehr.', '2026-11-01'),
    ('2026-11-referral', 'en', 'referral', 'I agree that the body from which I have my code learns how the referral stands: whether I '
     'am accepted, whether it goes on or rests, whether it has ended, and a reason out of a fixed list if nothing comes of it. It '
     'does not learn what I call myself, which group I am with (unless it named one itself), what I write, and whether I come to '
     'any meeting. The group sees that I was referred. I can end this at any time; from then on that body learns nothing more.', '2026-11-01');

CREATE FUNCTION consent_current(for_purpose text, at timestamptz) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT version FROM consent_texts WHERE purpose = for_purpose AND current_since <= at
            ORDER BY current_since DESC LIMIT 1);
END
$$;

-- Referrals -------------------------------------------------------------------------------------------

-- Nothing here is of a person but the link to them. What the row says, its organisation may know, except for the columns
-- about the person; what it may not know never comes into the row: not even by a revision does it show.
CREATE TABLE referrals (
    id                uuid PRIMARY KEY,
    organisation_id   uuid NOT NULL CONSTRAINT referral_organisation REFERENCES organisations (id),
    code_hash         bytea NOT NULL CONSTRAINT referral_code UNIQUE,  -- keyed
    topic_id          uuid CONSTRAINT referral_topic REFERENCES topics (id),
    icd10             text,
    country           text NOT NULL,
    postcode          text NOT NULL,
    within_km         float8 NOT NULL,
    audience          text NOT NULL,
    language          text NOT NULL,
    group_id          uuid CONSTRAINT referral_group REFERENCES groups (id),  -- the one that it is for
    reference         uuid,         -- the organisation's own
    valid_until       timestamptz NOT NULL,
    state             text NOT NULL CONSTRAINT referral_state CHECK
                      (state IN ('requested', 'accepted', 'rejected', 'in_progress', 'on_hold', 'completed', 'cancelled',
                                 'failed', 'expired')),
    reason            text,
    redeemed_at       timestamptz,  -- the code is good once
    person_id         uuid CONSTRAINT referral_person REFERENCES persons (id) DEFERRABLE INITIALLY DEFERRED,
    redeemed_group_id uuid REFERENCES groups (id),  -- the person's, as long as there is a link and their address is confirmed
    consent_version   text,         -- that what happens is told; without it nothing does
    consent_at        timestamptz,
    revision          bigint NOT NULL DEFAULT 1,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    deleted_at        timestamptz,  -- never; the log asks for it
    writer            jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT referral_need CHECK ((topic_id IS NULL) <> (icd10 IS NULL)),
    CONSTRAINT referral_reason CHECK ((reason IS NOT NULL) = (state IN ('rejected', 'on_hold', 'cancelled', 'failed'))),
    CONSTRAINT referral_consent CHECK ((consent_at IS NULL) = (consent_version IS NULL)),
    CONSTRAINT referral_link CHECK (person_id IS NULL OR consent_at IS NOT NULL),
    CONSTRAINT referral_silence CHECK (consent_at IS NOT NULL OR state IN ('requested', 'cancelled', 'expired'))
);
CREATE INDEX referrals_by_organisation ON referrals (organisation_id, id);
CREATE UNIQUE INDEX referrals_by_person ON referrals (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX referrals_by_group ON referrals (redeemed_group_id) WHERE redeemed_group_id IS NOT NULL;
CREATE INDEX referrals_expiring ON referrals (valid_until) WHERE state = 'requested' AND person_id IS NULL;

-- Before a change: the auditor hears of all that changes. By the revision and its time the organisation is told, so these
-- stay what they were when only what is about the person changes.
CREATE FUNCTION referral_revise() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    changed CONSTANT text[]  := changed_members(to_jsonb(OLD), to_jsonb(NEW));
    silent  CONSTANT boolean := changed <@ '{person_id,redeemed_group_id,redeemed_at,consent_version,consent_at}';
BEGIN
    NEW.revision := OLD.revision + CASE WHEN silent THEN 0 ELSE 1 END;
    INSERT INTO audit (at, writer, action, resource, resource_id, revision, members)
    SELECT NEW.updated_at, NEW.writer, 'updated', 'referral', NEW.id, NEW.revision, changed
    WHERE changed <> '{}';
    IF silent THEN
        NEW.updated_at := OLD.updated_at;
        NEW.writer := OLD.writer;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER revise BEFORE UPDATE ON referrals FOR EACH ROW EXECUTE FUNCTION referral_revise();

-- After a write: who refers for the organisation that made it learns what it is told.
CREATE FUNCTION referral_log() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    action text := CASE TG_OP WHEN 'INSERT' THEN 'created' ELSE 'updated' END;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.revision = OLD.revision THEN
        RETURN NULL;
    END IF;
    INSERT INTO changes (at, resource, resource_id, revision, action, visibility, keepers)
    VALUES (NEW.updated_at, 'referral', NEW.id, NEW.revision, action, 'referred', ARRAY[NEW.organisation_id]);
    INSERT INTO audit (at, writer, action, resource, resource_id, revision, members)
    SELECT NEW.updated_at, NEW.writer, action, 'referral', NEW.id, NEW.revision, '{}'
    WHERE TG_OP = 'INSERT';
    RETURN NULL;
END
$$;
CREATE TRIGGER log AFTER INSERT OR UPDATE ON referrals FOR EACH ROW EXECUTE FUNCTION referral_log();

-- Every step that a referral may take, and whose; nothing else is possible. The states are those of the task in HL7 SDOH
-- Clinical Care, and `expired`. requester: whoever made it · group: leaders of the group in which it was redeemed · person:
-- who redeemed it · system: what follows from the person's registration, or from time.
CREATE TABLE referral_transitions (
    actor   text NOT NULL,
    action  text NOT NULL,
    state   text NOT NULL,
    next    text NOT NULL,
    PRIMARY KEY (actor, action, state)
);
INSERT INTO referral_transitions (actor, action, state, next) VALUES
    ('requester', 'cancel',   'requested',   'cancelled'),
    ('requester', 'cancel',   'accepted',    'cancelled'),
    ('requester', 'cancel',   'in_progress', 'cancelled'),
    ('requester', 'cancel',   'on_hold',     'cancelled'),
    ('group',     'accept',   'requested',   'accepted'),
    ('group',     'accept',   'on_hold',     'accepted'),
    ('group',     'reject',   'requested',   'rejected'),
    ('group',     'reject',   'on_hold',     'rejected'),
    ('group',     'start',    'requested',   'in_progress'),
    ('group',     'start',    'accepted',    'in_progress'),
    ('group',     'start',    'on_hold',     'in_progress'),
    ('group',     'hold',     'requested',   'on_hold'),
    ('group',     'hold',     'accepted',    'on_hold'),
    ('group',     'hold',     'in_progress', 'on_hold'),
    ('group',     'complete', 'accepted',    'completed'),
    ('group',     'complete', 'in_progress', 'completed'),
    ('group',     'complete', 'on_hold',     'completed'),
    ('group',     'fail',     'accepted',    'failed'),
    ('group',     'fail',     'in_progress', 'failed'),
    ('group',     'fail',     'on_hold',     'failed'),
    ('person',    'redeem',   'requested',   'requested'),
    ('person',    'withdraw', 'requested',   'requested'),
    ('person',    'withdraw', 'accepted',    'requested'),
    ('person',    'withdraw', 'rejected',    'requested'),
    ('person',    'withdraw', 'in_progress', 'requested'),
    ('person',    'withdraw', 'on_hold',     'requested'),
    ('person',    'withdraw', 'completed',   'requested'),
    ('person',    'withdraw', 'failed',      'requested'),
    ('person',    'withdraw', 'cancelled',   'cancelled'),
    ('system',    'accept',   'requested',   'accepted'),
    ('system',    'accept',   'on_hold',     'accepted'),
    ('system',    'reject',   'requested',   'rejected'),
    ('system',    'reject',   'accepted',    'failed'),
    ('system',    'reject',   'in_progress', 'failed'),
    ('system',    'reject',   'on_hold',     'rejected'),
    ('system',    'fail',     'requested',   'failed'),
    ('system',    'fail',     'accepted',    'failed'),
    ('system',    'fail',     'in_progress', 'failed'),
    ('system',    'fail',     'on_hold',     'failed'),
    ('system',    'expire',   'requested',   'expired');

-- Why: one of these with each step that ends in rejected, on_hold, cancelled or failed. Words would tell more than they should.
CREATE TABLE referral_reasons (
    actor   text NOT NULL,
    action  text NOT NULL,
    reason  text NOT NULL,
    PRIMARY KEY (actor, action, reason)
);
INSERT INTO referral_reasons (actor, action, reason) VALUES
    ('requester', 'cancel', 'not_needed'),       -- there is no need any more
    ('requester', 'cancel', 'other_offer'),      -- something else was found
    ('requester', 'cancel', 'issued_in_error'),
    ('group',     'reject', 'no_capacity'),
    ('group',     'reject', 'not_suitable'),     -- another group, or something else, would be right
    ('group',     'reject', 'unreachable'),      -- the person does not answer
    ('group',     'reject', 'group_ended'),
    ('group',     'hold',   'no_capacity'),      -- there is a waiting list
    ('group',     'hold',   'unreachable'),
    ('group',     'hold',   'group_pauses'),
    ('group',     'hold',   'person_pauses'),
    ('group',     'fail',   'not_suitable'),
    ('group',     'fail',   'unreachable'),
    ('group',     'fail',   'group_ended'),
    ('group',     'fail',   'person_withdrew'),
    ('system',    'reject', 'group_declined'),   -- the group has rejected the registration
    ('system',    'fail',   'person_withdrew'),
    ('system',    'fail',   'no_answer'),        -- a place was offered and not taken
    ('system',    'fail',   'not_available'),    -- the meeting does not take place
    ('system',    'fail',   'no_outcome');       -- all about the person was erased before anybody said what came of it

-- Who may see a referral, and as what: the organisation that made it and those above it, leaders of the group in which it was
-- redeemed, the person. Nobody else: not the operator.
CREATE FUNCTION referral_right(r referrals, person uuid, leads uuid, refers boolean, organisations uuid[]) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN refers AND r.organisation_id = ANY (organisations) THEN 'requester'
                WHEN r.redeemed_group_id = leads                        THEN 'group'
                WHEN r.person_id = person                               THEN 'person' END
$$;

-- Takes a step if the tables have it. The row is locked by whoever calls. problem: NULL if it is done, or was before.
CREATE FUNCTION referral_step(r referrals, by_actor text, wanted text, why text, who jsonb, at timestamptz,
                              OUT problem text, OUT pointer text, OUT detail text, OUT stepped referrals)
LANGUAGE plpgsql AS $$
DECLARE
    step referral_transitions;
    needs_reason boolean := EXISTS (SELECT FROM referral_reasons x WHERE x.actor = by_actor AND x.action = wanted);
BEGIN
    stepped := r;
    SELECT * INTO step FROM referral_transitions t WHERE t.actor = by_actor AND t.action = wanted AND t.state = r.state;
    IF NOT FOUND THEN
        IF NOT EXISTS (SELECT FROM referral_transitions t WHERE t.actor = by_actor AND t.action = wanted AND t.next = r.state) THEN
            problem := 'invalid-transition';
            detail := 'It is ' || r.state || '. From there: '
                      || coalesce((SELECT string_agg(t.action, ', ' ORDER BY t.action) FROM referral_transitions t
                                   WHERE t.actor = by_actor AND t.state = r.state), 'nothing') || '.';
        END IF;
    ELSIF needs_reason <> (why IS NOT NULL)
          OR (needs_reason AND NOT EXISTS (SELECT FROM referral_reasons x
                                           WHERE x.actor = by_actor AND x.action = wanted AND x.reason = why)) THEN
        problem := 'invalid-body';
        pointer := '/reason';
        detail := CASE WHEN needs_reason THEN 'must be one of: ' || (SELECT string_agg(x.reason, ', ' ORDER BY x.reason)
                                                                     FROM referral_reasons x
                                                                     WHERE x.actor = by_actor AND x.action = wanted)
                       ELSE 'must be absent' END;
    ELSE
        UPDATE referrals
        SET state = step.next, reason = CASE WHEN step.next IN ('rejected', 'on_hold', 'cancelled', 'failed') THEN why END,
            updated_at = at, writer = who
        WHERE id = r.id
        RETURNING * INTO stepped;
    END IF;
END
$$;

-- The same for whoever asks, if the referral is there for them: to a caller of another kind it is not.
CREATE FUNCTION referral_act(of uuid, by_actor text, wanted text, why text, who jsonb, leads uuid, refers boolean,
                             organisations uuid[], at timestamptz,
                             OUT problem text, OUT pointer text, OUT detail text, OUT r referrals)
LANGUAGE plpgsql AS $$
DECLARE
    s record;
BEGIN
    SELECT * INTO r FROM referrals x WHERE x.id = of FOR UPDATE;
    IF referral_right(r, NULL, leads, refers, organisations) IS DISTINCT FROM by_actor THEN
        problem := 'not-found';
        RETURN;
    END IF;
    s := referral_step(r, by_actor, wanted, why, who, at);
    problem := s.problem;
    pointer := s.pointer;
    detail := s.detail;
    r := s.stepped;
END
$$;

-- What the organisation may see of a referral. The row says nothing more; who, and where, stays here.
CREATE FUNCTION referral_document(r referrals) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_strip_nulls(json_build_object(
        'id', r.id, 'organisation_id', r.organisation_id, 'state', r.state, 'reason', r.reason,
        'need', json_build_object('topic_id', r.topic_id, 'icd10', r.icd10),
        'near', json_build_object('country', r.country, 'postcode', r.postcode),
        'within_km', r.within_km, 'audience', r.audience, 'language', r.language, 'group_id', r.group_id,
        'reference', r.reference, 'valid_until', instant(r.valid_until), 'revision', r.revision,
        'created_at', instant(r.created_at), 'updated_at', instant(r.updated_at)))
$$;

-- What the person sees: all that is told of them, and when it was read the last thousand times.
CREATE FUNCTION referral_of_person(r referrals) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_strip_nulls(json_build_object(
        'state', r.state, 'reason', r.reason, 'redeemed_at', instant(r.redeemed_at),
        'consent', json_build_object('version', r.consent_version, 'given_at', instant(r.consent_at)),
        'reads', (SELECT coalesce(json_agg(instant(a.at) ORDER BY a.sequence), '[]')
                  FROM (SELECT x.at, x.sequence FROM audit x
                        WHERE x.resource_id = r.id AND x.resource = 'referral' AND x.action = 'read' AND x.at >= r.consent_at
                        ORDER BY x.sequence DESC
                        LIMIT 1000) AS a),
        'revision', r.revision, 'updated_at', instant(r.updated_at)))
$$;

-- What leaders see of one that was redeemed with them: whose registration it is, and nothing of who made it.
CREATE FUNCTION referral_of_group(r referrals) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_strip_nulls(json_build_object(
        'id', r.id, 'state', r.state, 'reason', r.reason, 'registration_id', r.person_id,
        'redeemed_at', instant(r.redeemed_at), 'revision', r.revision, 'updated_at', instant(r.updated_at),
        'actions', (SELECT coalesce(json_agg(t.action ORDER BY t.action), '[]') FROM referral_transitions t
                    WHERE t.actor = 'group' AND t.state = r.state)))
$$;

CREATE FUNCTION referral_shown(r referrals, seen_as text) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT CASE seen_as WHEN 'requester' THEN referral_document(r) WHEN 'group' THEN referral_of_group(r) END
$$;

-- Making one ------------------------------------------------------------------------------------------

-- The topics that stand for a need: the topic, or all whose codes of the ICD-10 cover one. A code may be a range: F40-F41.
CREATE FUNCTION need_topics(topic uuid, code text) RETURNS uuid[]
LANGUAGE sql STABLE AS $$
    SELECT array_agg(t.id)
    FROM topics t
    WHERE t.deleted_at IS NULL
      AND (t.id = topic
           OR EXISTS (SELECT FROM unnest(t.icd10) AS c
                      WHERE left(code, length(split_part(c, '-', 1))) BETWEEN split_part(c, '-', 1)
                            AND coalesce(nullif(split_part(c, '-', 2), ''), c)))
$$;

CREATE FUNCTION postcode_point(in_country text, of_postcode text) RETURNS geography
LANGUAGE sql STABLE AS $$
    SELECT ST_Centroid(ST_Collect(point::geometry))::geography FROM postcodes WHERE country = in_country AND postcode = of_postcode
$$;

-- The groups that may take somebody, those with room first, then the nearest ones. Only what everybody may see counts.
CREATE FUNCTION referral_matches(r referrals, at timestamptz) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    near   CONSTANT geography := postcode_point(r.country, r.postcode);
    filter CONSTANT jsonb := jsonb_build_object(
        'topic', need_topics(r.topic_id, r.icd10)::text, 'within_km', r.within_km, 'audience', ARRAY[r.audience]::text,
        'language', ARRAY[r.language]::text, 'accepting_newcomers', '{yes,on_assessment,waiting_list}');
BEGIN
    RETURN (
        SELECT coalesce(json_agg(json_build_object(
                   'group_id', m.id, 'name', m.name, 'accepting_newcomers', m.accepting_newcomers,
                   'distance_km', round((m.metres / 1000)::numeric, 1))
                   ORDER BY m.accepting_newcomers <> 'yes', m.metres, m.id), '[]')
        FROM (SELECT g.id, g.name, g.accepting_newcomers, ST_Distance(g.point, near, false) AS metres
              FROM groups_found(filter, NULL, near, at, false, false, NULL) AS g
              WHERE r.group_id IS NULL OR g.id = r.group_id
              ORDER BY g.accepting_newcomers <> 'yes', metres, g.id
              LIMIT 10) AS m);
END
$$;

-- Takes one of an insurer or a partner. problem and pointer: what is wrong with it.
-- wanted: NewReferral; code: its keyed hash
CREATE FUNCTION referral_create(wanted jsonb, code bytea, organisations uuid[], who jsonb, at timestamptz,
                                OUT problem text, OUT pointer text, OUT detail text, OUT r referrals)
LANGUAGE plpgsql AS $$
BEGIN
    r := jsonb_populate_record(NULL::referrals, jsonb_build_object('within_km', 25, 'valid_until', at + interval '90 days')
        || (wanted - 'need' - 'near') || (wanted -> 'need') || (wanted -> 'near')
        || jsonb_build_object('id', uuid_v7(at), 'organisation_id', organisations[1], 'code_hash', code, 'state', 'requested',
                              'revision', 1, 'created_at', at, 'updated_at', at, 'writer', who));
    IF NOT EXISTS (SELECT FROM organisations o
                   WHERE o.id = r.organisation_id AND o.kind IN ('insurer', 'partner') AND o.deleted_at IS NULL) THEN
        problem := 'forbidden';
        RETURN;
    ELSIF need_topics(r.topic_id, r.icd10) IS NULL THEN
        pointer := '/need/' || CASE WHEN r.icd10 IS NULL THEN 'topic_id' ELSE 'icd10' END;
    ELSIF postcode_point(r.country, r.postcode) IS NULL THEN
        pointer := '/near/postcode';
    ELSIF r.valid_until <= at OR r.valid_until > at + interval '1 year' THEN
        pointer := '/valid_until';
        detail := 'must be within a year from now';
    ELSIF r.group_id IS NOT NULL AND NOT EXISTS (SELECT FROM groups g WHERE g.id = r.group_id AND g.deleted_at IS NULL
                                                                        AND g.visibility = 'public') THEN
        pointer := '/group_id';
    END IF;
    IF pointer IS NOT NULL THEN
        problem := 'invalid-body';
    ELSE
        INSERT INTO referrals SELECT r.*;
    END IF;
END
$$;

-- Redeeming ------------------------------------------------------------------------------------------

-- Shows a referral to the leaders of a group, and asks them what comes of it.
CREATE FUNCTION referral_announce(r referrals, to_group uuid, at timestamptz) RETURNS void
LANGUAGE sql AS $$
    UPDATE referrals SET redeemed_group_id = to_group, updated_at = at, writer = '{}' WHERE id = r.id;
    SELECT job_add('mail', 'referral:' || r.id || ':' || l.id, l.id, '{"template": "referral"}', at, at)
    FROM leaders l
    WHERE l.group_id = to_group AND l.state = 'active'
$$;

-- What a registration that has come into a state means for the referral that it was made with.
CREATE FUNCTION referral_follow_state(r referrals, was text, x registrations, at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    wanted CONSTANT text := CASE WHEN x.state = 'confirmed'                          THEN 'accept'
                                 WHEN x.state = 'rejected'                           THEN 'reject'
                                 WHEN x.state IN ('cancelled', 'declined', 'expired') THEN 'fail' END;
BEGIN
    IF was = 'unconfirmed' AND x.state = 'expired' THEN  -- it was nobody: the code is as good as before
        UPDATE referrals
        SET person_id = NULL, redeemed_at = NULL, consent_version = NULL, consent_at = NULL, updated_at = at, writer = '{}'
        WHERE id = r.id;
        RETURN;
    END IF;
    IF was = 'unconfirmed' AND is_live(x.state) THEN
        PERFORM referral_announce(r, x.group_id, at);
    END IF;
    PERFORM referral_step(r, 'system', wanted,
                          CASE WHEN x.state = 'rejected' THEN 'group_declined'
                               WHEN x.state = 'expired'  THEN 'no_answer'
                               WHEN x.action = 'end'     THEN 'not_available'
                               WHEN wanted = 'fail'      THEN 'person_withdrew' END, '{}', at)
    WHERE wanted IS NOT NULL;
END
$$;

-- Links a referral to the person who registers with its code and their consent. NULL, or the pointer to what is wrong: a code
-- is unknown, used, expired, cancelled, or for another group; which of these, nobody is told.
-- given: {hash, consent}
CREATE FUNCTION referral_redeem(given jsonb, registrant registrations, at timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    r referrals;
BEGIN
    IF given ->> 'consent' IS DISTINCT FROM consent_current('referral', at) THEN
        RETURN '/referral_consent/version';
    END IF;
    UPDATE referrals x
    SET person_id = registrant.id, redeemed_at = at, consent_version = given ->> 'consent', consent_at = at, updated_at = at,
        writer = '{}'
    WHERE x.code_hash = (given ->> 'hash')::bytea AND x.state = 'requested' AND x.redeemed_at IS NULL AND x.valid_until > at
      AND (x.group_id IS NULL OR x.group_id = registrant.group_id)
    RETURNING * INTO r;
    IF NOT FOUND THEN
        RETURN '/referral_code';
    END IF;
    IF registrant.state <> 'unconfirmed' THEN
        PERFORM referral_announce(r, registrant.group_id, at);
        PERFORM referral_follow_state(r, NULL, registrant, at);
    END IF;
    RETURN NULL;
END
$$;

-- As before; and who comes by a referral is linked to it, if they agree.
-- requests: as before, and referral: {hash, consent}
CREATE OR REPLACE FUNCTION registrations_create(for_meeting uuid, for_series uuid, requests jsonb, is_admin boolean,
                                                is_partner boolean, organisations uuid[], client uuid, at timestamptz)
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
    consent  CONSTANT text := consent_current('registration', at);
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
        IF a.problem IS NULL AND wanted ? 'referral' THEN
            a.pointer := referral_redeem(wanted -> 'referral', r, at);
            a.detail := 'must be one that is good here and now';
            a.problem := CASE WHEN a.pointer IS NOT NULL THEN 'invalid-body' END;
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

-- After a registration has come into another state: so may its referral.
CREATE FUNCTION registration_lead_referral() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    r referrals;
BEGIN
    SELECT * INTO r FROM referrals x WHERE x.person_id = NEW.id FOR UPDATE;
    IF FOUND THEN
        PERFORM referral_follow_state(r, OLD.state, NEW, NEW.updated_at);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER lead_referral AFTER UPDATE OF state ON registrations FOR EACH ROW WHEN (OLD.state <> NEW.state)
    EXECUTE FUNCTION registration_lead_referral();

-- A person withdraws their consent: the link is gone, and with it all that was told by it. The code was used.
CREATE FUNCTION referral_withdraw(of uuid, if_match bigint[], at timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    r referrals;
BEGIN
    PERFORM FROM registrations WHERE id = of FOR UPDATE;  -- first, as everywhere
    SELECT * INTO r FROM referrals x WHERE x.person_id = of FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'not-found';
    ELSIF NOT r.revision = ANY (coalesce(if_match, ARRAY[r.revision])) THEN
        RETURN 'precondition-failed';
    END IF;
    UPDATE referrals
    SET state = t.next, reason = CASE WHEN t.next = 'cancelled' THEN reason END, person_id = NULL, redeemed_group_id = NULL,
        consent_version = NULL, consent_at = NULL, updated_at = at, writer = '{}'
    FROM referral_transitions t
    WHERE id = r.id AND t.actor = 'person' AND t.action = 'withdraw' AND t.state = r.state;
    DELETE FROM jobs j USING leaders l
    WHERE l.group_id = r.redeemed_group_id AND j.kind = 'mail' AND j.key = 'referral:' || r.id || ':' || l.id;
    RETURN NULL;
END
$$;

-- After a person was erased: nothing leads to them any more. What was told stays told; what still went on has no outcome.
CREATE FUNCTION person_leave_referral() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    r referrals;
BEGIN
    UPDATE referrals
    SET person_id = NULL, redeemed_group_id = NULL, updated_at = NEW.erased_at, writer = '{}'
    WHERE person_id = NEW.id
    RETURNING * INTO r;
    IF FOUND THEN
        PERFORM referral_step(r, 'system', 'fail', 'no_outcome', '{}', NEW.erased_at);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER leave_referral AFTER UPDATE OF erased_at ON persons FOR EACH ROW WHEN (NEW.erased_at IS NOT NULL)
    EXECUTE FUNCTION person_leave_referral();

-- As before, and whoever wants to be forgotten is not told of any more.
CREATE OR REPLACE FUNCTION registration_erase(of uuid, if_match bigint[], at timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    c record := registration_claim(of, of, NULL, false, NULL, at);
    a registration_answer := c.a;
    r registrations := a.r;
BEGIN
    IF NOT r.revision = ANY (coalesce(if_match, ARRAY[r.revision])) THEN
        RETURN 'precondition-failed';
    END IF;
    PERFORM referral_withdraw(of, NULL, at);
    IF is_live(r.state) THEN
        PERFORM registration_act(of, 'cancel', NULL, 'person', of, NULL, false, NULL, at);
    END IF;
    PERFORM person_erase(of, 'asked', at);
    RETURN NULL;
END
$$;

-- Referrals that nobody has redeemed in time.
CREATE FUNCTION referrals_expire(at timestamptz) RETURNS void
LANGUAGE sql AS $$
    SELECT referral_step(r, 'system', 'expire', NULL, '{}', at)
    FROM (SELECT * FROM referrals
          WHERE state = 'requested' AND person_id IS NULL AND valid_until <= at
          ORDER BY id
          LIMIT 1000
          FOR UPDATE SKIP LOCKED) AS x
    JOIN referrals r ON r.id = x.id
$$;

INSERT INTO timetable (kind, every) VALUES ('overdue', '1 minute');  -- those that nobody has redeemed end
INSERT INTO mail_templates (name, need, waits) VALUES ('referral', 'needed', true);
