-- 0001_directory.sql: organisations, topics, groups, the clients that write them, and the log of every change.

CREATE EXTENSION IF NOT EXISTS postgis;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;

-- Ground ----------------------------------------------------------------------------------------

-- The clock of everything that SQL decides alone; statements are handed their time as :'now'.
CREATE FUNCTION runde_now() RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('runde.now', true), '')::timestamptz, statement_timestamp())
$$;

-- A UUID of version 7 (RFC 9562, section 5.7): milliseconds first, so that ids grow with time.
CREATE FUNCTION uuid_v7(at timestamptz) RETURNS uuid
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN (lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12, '0')
            || '7' || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid;
END
$$;

-- An instant as the API writes it (RFC 3339, UTC, whole seconds).
CREATE FUNCTION instant(at timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
$$;

-- Functions that cannot be inlined are in PL/pgSQL, which keeps its plans: SQL functions are planned at each call.

-- Text as search compares it: no case, no accents, and "Koeln" the same as "Köln".
CREATE FUNCTION fold(words text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN replace(replace(replace(lower(public.unaccent('public.unaccent'::regdictionary, normalize(words))),
                                   'ae', 'a'), 'oe', 'o'), 'ue', 'u');
END
$$;

-- A text as search lexemes: its words by the rules of its language. Searches ask for the stems of all languages.
CREATE FUNCTION lexemes(words text, language text, weight "char") RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN setweight(to_tsvector(CASE WHEN language LIKE 'en%' THEN 'english'::regconfig ELSE 'german'::regconfig END,
                                 fold(coalesce(words, ''))), weight);
END
$$;

-- The same for names, which are also found by how their words begin.
CREATE FUNCTION name_lexemes(words text, weight "char") RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    folded text := fold(coalesce(words, ''));
BEGIN
    RETURN setweight(to_tsvector('german', folded) || to_tsvector('english', folded)
                     || to_tsvector('simple', folded), weight);
END
$$;

CREATE AGGREGATE lexemes_of_all(tsvector) (sfunc = tsvector_concat, stype = tsvector, initcond = '');

-- A name as a part of an address: German letters spelt out, all other marks dropped.
CREATE FUNCTION slug_of(words text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT trim(BOTH '-' FROM left(regexp_replace(
        lower(public.unaccent('public.unaccent'::regdictionary,
              replace(replace(replace(replace(lower(words), 'ä', 'ae'), 'ö', 'oe'), 'ü', 'ue'), 'ß', 'ss'))),
        '[^a-z0-9]+', '-', 'g'), 80))
$$;

-- Clients -----------------------------------------------------------------------------------------

CREATE TABLE organisations (
    id          uuid PRIMARY KEY DEFAULT uuid_v7(runde_now()),
    kind        text NOT NULL CONSTRAINT organisation_kind CHECK
                (kind IN ('contact_point', 'self_help_organisation', 'umbrella', 'partner', 'insurer')),
    name        text NOT NULL,
    summary     text,
    parent_id   uuid CONSTRAINT organisation_parent REFERENCES organisations (id),
    region      jsonb,
    contact     jsonb,
    website     text,
    revision    bigint NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT runde_now(),
    updated_at  timestamptz NOT NULL DEFAULT runde_now(),
    deleted_at  timestamptz,
    writer      jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT organisation_not_its_own_parent CHECK (parent_id <> id)
);
CREATE INDEX organisations_by_parent ON organisations (parent_id);
CREATE INDEX organisations_by_name ON organisations (name COLLATE "und-x-icu", id) WHERE deleted_at IS NULL;

-- An organisation and all below it: what its clients may write.
CREATE FUNCTION organisations_below(top uuid) RETURNS uuid[]
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE below AS (
        SELECT id FROM organisations WHERE id = top
        UNION
        SELECT o.id FROM organisations o JOIN below ON o.parent_id = below.id
    )
    SELECT array_agg(id) FROM below
$$;

CREATE TABLE clients (
    id              uuid PRIMARY KEY DEFAULT uuid_v7(runde_now()),
    name            text NOT NULL CONSTRAINT client_name UNIQUE,
    organisation_id uuid REFERENCES organisations (id),
    scopes          text[] NOT NULL,
    created_at      timestamptz NOT NULL,
    revoked_at      timestamptz
);

-- A key is stored as its keyed hash only; several of one client overlap while they are exchanged.
CREATE TABLE client_keys (
    hash        bytea PRIMARY KEY,
    client_id   uuid NOT NULL REFERENCES clients (id),
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz
);
CREATE INDEX client_keys_by_client ON client_keys (client_id);

-- What was answered under an Idempotency-Key, stored in the transaction of the effect.
CREATE TABLE idempotency_keys (
    caller      text NOT NULL,
    key         text NOT NULL,
    fingerprint bytea NOT NULL,
    created_at  timestamptz NOT NULL,
    status      integer,
    headers     jsonb,
    body        text,
    PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- The log of every change ---------------------------------------------------------------------------

-- What deltas and webhooks are made of; read in the order of commits, never by the clock.
CREATE TABLE changes (
    sequence    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at          timestamptz NOT NULL,
    resource    text NOT NULL,
    resource_id uuid NOT NULL,
    revision    bigint NOT NULL,
    action      text NOT NULL CHECK (action IN ('created', 'updated', 'deleted'))
);
CREATE INDEX changes_by_transaction ON changes (transaction, sequence);

-- Who wrote what; of a change the names of the members, never their values.
CREATE TABLE audit (
    sequence    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL,
    writer      jsonb NOT NULL,
    action      text NOT NULL,
    resource    text NOT NULL,
    resource_id uuid NOT NULL,
    revision    bigint NOT NULL,
    members     text[] NOT NULL
);
CREATE INDEX audit_by_resource ON audit (resource_id);

-- The columns in which two versions of a row differ, without those that keep the books.
CREATE FUNCTION changed_members(was jsonb, is_now jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(array_agg(key ORDER BY key), '{}')
    FROM jsonb_each(is_now) AS n
    WHERE n.value IS DISTINCT FROM was -> n.key
      AND n.key NOT IN ('revision', 'created_at', 'updated_at', 'writer', 'search', 'topic_keys')
$$;

-- Before an update: raises the revision if anything changed that shows; else nobody wrote anything.
CREATE FUNCTION resource_revise() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF changed_members(to_jsonb(OLD), to_jsonb(NEW)) = '{}' THEN
        NEW.updated_at := OLD.updated_at;
        NEW.writer := OLD.writer;
        RETURN NEW;
    END IF;
    NEW.revision := OLD.revision + 1;
    RETURN NEW;
END
$$;

-- After a write: one row for followers, one for the auditor.
CREATE FUNCTION resource_log() RETURNS trigger
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
        members := changed_members(to_jsonb(OLD), to_jsonb(NEW));
    END IF;
    INSERT INTO changes (at, resource, resource_id, revision, action)
    VALUES (NEW.updated_at, TG_ARGV[0], NEW.id, NEW.revision, action);
    INSERT INTO audit (at, writer, action, resource, resource_id, revision, members)
    VALUES (NEW.updated_at, NEW.writer, action, TG_ARGV[0], NEW.id, NEW.revision, members);
    RETURN NULL;
END
$$;

-- Ends a statement by a constraint that no declaration can state; its name tells the caller what it was.
CREATE FUNCTION refuse(broken text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = broken, MESSAGE = broken;
END
$$;

-- Before a write: a parent is there and not below its child; what others refer to does not go. Each query here sees
-- what was committed while it waited for its lock.
CREATE FUNCTION organisation_guard() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.deleted_at IS NOT NULL THEN
        IF EXISTS (SELECT FROM organisations c WHERE c.parent_id = NEW.id AND c.deleted_at IS NULL)
           OR EXISTS (SELECT FROM groups g WHERE NEW.id IN (g.organisation_id, g.supported_by_id) AND g.deleted_at IS NULL)
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

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON organisations FOR EACH ROW EXECUTE FUNCTION organisation_guard();
CREATE TRIGGER revise BEFORE UPDATE ON organisations FOR EACH ROW EXECUTE FUNCTION resource_revise();
CREATE TRIGGER log AFTER INSERT OR UPDATE ON organisations FOR EACH ROW EXECUTE FUNCTION resource_log('organisation');

-- Places --------------------------------------------------------------------------------------------

-- Imported in the GeoNames postal-code format; several places may share one code.
CREATE TABLE postcodes (
    country     text NOT NULL,
    postcode    text NOT NULL,
    town        text NOT NULL,
    region      text,
    region_code text,
    point       geography (Point, 4326) NOT NULL,
    PRIMARY KEY (country, postcode, town)
);
CREATE INDEX postcodes_by_town ON postcodes (fold(town) text_pattern_ops);

-- A point as the API writes it.
CREATE FUNCTION point_json(point geography) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN point IS NOT NULL THEN
        json_build_object('lat', round(ST_Y(point::geometry)::numeric, 5),
                          'lon', round(ST_X(point::geometry)::numeric, 5)) END
$$;

CREATE FUNCTION point_of(lat float8, lon float8) RETURNS geography
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geography
$$;

-- Topics --------------------------------------------------------------------------------------------

CREATE TABLE topics (
    id          uuid PRIMARY KEY DEFAULT uuid_v7(runde_now()),
    slug        text NOT NULL,
    parent_id   uuid CONSTRAINT topic_parent REFERENCES topics (id),
    names       jsonb NOT NULL,
    synonyms    jsonb NOT NULL DEFAULT '{}',
    icd10       text[] NOT NULL DEFAULT '{}',
    rare        boolean NOT NULL DEFAULT false,
    search      tsvector NOT NULL,
    revision    bigint NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT runde_now(),
    updated_at  timestamptz NOT NULL DEFAULT runde_now(),
    deleted_at  timestamptz,
    writer      jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT topic_not_its_own_parent CHECK (parent_id <> id)
);
CREATE UNIQUE INDEX topic_slug ON topics (slug) WHERE deleted_at IS NULL;
CREATE INDEX topics_by_parent ON topics (parent_id);

-- All words by which a topic is known, in every language.
CREATE FUNCTION topic_words(names jsonb, synonyms jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT string_agg(word, ' ')
    FROM (SELECT value AS word FROM jsonb_each_text(names)
          UNION ALL
          SELECT jsonb_array_elements_text(value) FROM jsonb_each(synonyms)) AS known
$$;

-- Topics and all above them.
CREATE FUNCTION topics_above(ids uuid[]) RETURNS SETOF topics
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE above AS (
        SELECT id, parent_id FROM topics WHERE id = ANY (ids)
        UNION
        SELECT t.id, t.parent_id FROM topics t JOIN above ON t.id = above.parent_id
    )
    SELECT * FROM topics WHERE id = ANY (ARRAY(SELECT id FROM above))
$$;

-- Before a write: what follows from the rest; and the tree stays one, as that of organisations.
CREATE FUNCTION topic_guard() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := name_lexemes(topic_words(NEW.names, NEW.synonyms), 'B');
    IF NEW.deleted_at IS NOT NULL THEN
        IF EXISTS (SELECT FROM topics c WHERE c.parent_id = NEW.id AND c.deleted_at IS NULL)
           OR EXISTS (SELECT FROM groups g WHERE g.topic_keys && ARRAY[NEW.id::text] AND g.deleted_at IS NULL) THEN
            PERFORM refuse('topic_in_use');
        END IF;
    ELSIF NEW.parent_id IS NOT NULL AND (TG_OP = 'INSERT' OR NEW.parent_id IS DISTINCT FROM OLD.parent_id) THEN
        PERFORM pg_advisory_xact_lock(hashtext('tree of topics'));
        PERFORM FROM topics p WHERE p.id = NEW.parent_id AND p.deleted_at IS NULL FOR KEY SHARE;
        IF NOT FOUND OR EXISTS (SELECT FROM topics_above(ARRAY[NEW.parent_id]) AS a WHERE a.id = NEW.id) THEN
            PERFORM refuse('topic_parent');
        END IF;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON topics FOR EACH ROW EXECUTE FUNCTION topic_guard();
CREATE TRIGGER revise BEFORE UPDATE ON topics FOR EACH ROW EXECUTE FUNCTION resource_revise();
CREATE TRIGGER log AFTER INSERT OR UPDATE ON topics FOR EACH ROW EXECUTE FUNCTION resource_log('topic');

-- Groups --------------------------------------------------------------------------------------------

CREATE TABLE groups (
    id                  uuid PRIMARY KEY DEFAULT uuid_v7(runde_now()),
    slug                text NOT NULL,
    organisation_id     uuid NOT NULL CONSTRAINT group_organisation REFERENCES organisations (id),
    supported_by_id     uuid CONSTRAINT group_supporter REFERENCES organisations (id),
    name                text NOT NULL,
    summary             text,
    description         text,
    language_of_text    text NOT NULL DEFAULT 'de',
    topic_ids           uuid[] NOT NULL,
    audience            text[] NOT NULL,
    age_from            integer,
    age_to              integer,
    leadership          text NOT NULL,
    duration            jsonb NOT NULL DEFAULT '{"kind": "open_ended"}',
    status              text NOT NULL,
    joining             text NOT NULL,
    accepting_newcomers text NOT NULL,
    cost                jsonb NOT NULL DEFAULT '{"kind": "free"}',
    activities          text[] NOT NULL DEFAULT '{}',
    formats             text[] NOT NULL,
    languages           text[] NOT NULL,
    accessibility       text[] NOT NULL DEFAULT '{}',
    country             text,
    postcode            text,
    town                text,
    point               geography (Point, 4326),
    precision           text,
    point_follows       boolean NOT NULL DEFAULT true,  -- from the postcode, as long as nobody says otherwise
    town_follows        boolean NOT NULL DEFAULT true,
    contact             jsonb NOT NULL DEFAULT '{"via": "relay"}',
    website             text,
    visibility          text NOT NULL DEFAULT 'public'
                        CONSTRAINT group_visibility CHECK (visibility IN ('public', 'partners', 'unlisted')),
    partner_note        text,
    verified_at         timestamptz,
    next_meeting_at     timestamptz,
    topics_mark         text NOT NULL DEFAULT '',  -- of what shows of its topics
    topic_keys          text[] NOT NULL,
    search              tsvector NOT NULL,
    revision            bigint NOT NULL DEFAULT 1,
    created_at          timestamptz NOT NULL DEFAULT runde_now(),
    updated_at          timestamptz NOT NULL DEFAULT runde_now(),
    deleted_at          timestamptz,
    writer              jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT group_ages CHECK (age_from <= age_to)
);
CREATE UNIQUE INDEX group_slug ON groups (slug) WHERE deleted_at IS NULL;
CREATE INDEX groups_by_name ON groups (name COLLATE "und-x-icu", id)
    WHERE deleted_at IS NULL AND visibility = 'public' AND status IN ('founding', 'active');
CREATE INDEX groups_by_update ON groups (updated_at DESC, id DESC)
    WHERE deleted_at IS NULL;
CREATE INDEX groups_by_organisation ON groups (organisation_id);
CREATE INDEX groups_by_supporter ON groups (supported_by_id);
-- PostgreSQL does not combine partial indexes of one and the same condition: so these have none.
CREATE INDEX groups_by_point ON groups USING gist (point);
CREATE INDEX groups_by_topic ON groups USING gin (topic_keys);
CREATE INDEX groups_by_words ON groups USING gin (search);
-- Searches rank by these words: they stay in the row.
ALTER TABLE groups ALTER search SET STORAGE MAIN;
ALTER TABLE groups SET (toast_tuple_target = 8160);

-- What a reader gets, put together when the group is written: it is read a thousand times as often.
CREATE TABLE group_documents (
    group_id    uuid NOT NULL REFERENCES groups (id),
    language    text NOT NULL,
    document    json NOT NULL,
    PRIMARY KEY (group_id, language)
);
ALTER TABLE group_documents ALTER document SET STORAGE EXTERNAL;
ALTER TABLE group_documents SET (toast_tuple_target = 8160);

-- Words that searches are forgiven towards: of topics, of towns, of the names of groups.
CREATE TABLE search_words (word text PRIMARY KEY);
CREATE INDEX search_words_by_likeness ON search_words USING gin (word gin_trgm_ops);

CREATE FUNCTION search_words_learn(words text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_words
    SELECT DISTINCT w
    FROM regexp_split_to_table(fold(words), '[^[:alnum:]]+') AS w
    WHERE length(w) BETWEEN 4 AND 40
    ORDER BY w  -- in one order, so that two writers never wait for each other
    ON CONFLICT DO NOTHING;
END
$$;

CREATE FUNCTION topic_learn() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_words_learn(topic_words(NEW.names, NEW.synonyms));
    IF TG_OP = 'UPDATE' AND NEW.revision <> OLD.revision THEN
        UPDATE groups
        SET updated_at = NEW.updated_at, writer = NEW.writer
        WHERE topic_keys && ARRAY[NEW.id::text] AND deleted_at IS NULL;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER learn AFTER INSERT OR UPDATE ON topics FOR EACH ROW EXECUTE FUNCTION topic_learn();

-- Before a write: what a group refers to is there, and stays as it is until the group is written.
CREATE FUNCTION group_guard() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    found_topics integer;
BEGIN
    IF TG_OP = 'INSERT' OR NEW.organisation_id <> OLD.organisation_id THEN
        PERFORM FROM organisations o WHERE o.id = NEW.organisation_id AND o.deleted_at IS NULL FOR KEY SHARE;
        IF NOT FOUND THEN
            PERFORM refuse('group_organisation');
        END IF;
    END IF;
    IF NEW.supported_by_id IS NOT NULL
       AND (TG_OP = 'INSERT' OR NEW.supported_by_id IS DISTINCT FROM OLD.supported_by_id) THEN
        PERFORM FROM organisations o WHERE o.id = NEW.supported_by_id AND o.deleted_at IS NULL FOR KEY SHARE;
        IF NOT FOUND THEN
            PERFORM refuse('group_supporter');
        END IF;
    END IF;
    IF TG_OP = 'INSERT' OR NEW.topic_ids <> OLD.topic_ids THEN
        PERFORM FROM topics t WHERE t.id = ANY (NEW.topic_ids) AND t.deleted_at IS NULL FOR SHARE;
        GET DIAGNOSTICS found_topics = ROW_COUNT;
        IF found_topics <> cardinality(NEW.topic_ids) THEN
            PERFORM refuse('group_topics');
        END IF;
    END IF;
    RETURN NEW;
END
$$;

-- Before a write: everything about a group that follows from the rest.
CREATE FUNCTION group_derive() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    of_topics tsvector;
    place     postcodes;
BEGIN
    SELECT * INTO place
    FROM postcodes p
    WHERE p.country = NEW.country AND p.postcode = NEW.postcode
    ORDER BY p.town <> coalesce(NEW.town, ''), p.town
    LIMIT 1;
    IF NEW.point IS NULL OR (TG_OP = 'UPDATE' AND NEW.point::text = OLD.point::text AND OLD.point_follows) THEN
        NEW.point := place.point;
        NEW.precision := CASE WHEN place.point IS NOT NULL THEN 'postcode' END;
        NEW.point_follows := true;
    ELSE
        NEW.point_follows := false;
    END IF;
    NEW.town_follows := NEW.town IS NULL
                        OR coalesce(TG_OP = 'UPDATE' AND NEW.town = OLD.town AND OLD.town_follows, false);
    IF NEW.town_follows THEN
        NEW.town := place.town;
    END IF;

    -- What a group is about first counts most, what is above its topics least.
    SELECT array_agg(t.id::text ORDER BY t.slug) || array_agg(t.slug ORDER BY t.slug),
           lexemes_of_all(setweight(t.search, CASE WHEN t.id = NEW.topic_ids[1]      THEN 'B'::"char"
                                                   WHEN t.id = ANY (NEW.topic_ids)   THEN 'C'::"char"
                                                   ELSE                                   'D'::"char" END)
                          ORDER BY t.slug),
           md5(string_agg(t.slug || t.names::text, ' ' ORDER BY t.slug) FILTER (WHERE t.id = ANY (NEW.topic_ids)))
    INTO NEW.topic_keys, of_topics, NEW.topics_mark
    FROM topics_above(NEW.topic_ids) AS t;

    NEW.topic_keys := coalesce(NEW.topic_keys, '{}');
    NEW.topics_mark := coalesce(NEW.topics_mark, '');
    NEW.search := name_lexemes(NEW.name, 'A') || of_topics
               || name_lexemes(concat_ws(' ', NEW.town, NEW.postcode), 'C')
               || lexemes(NEW.summary, NEW.language_of_text, 'C')
               || lexemes(NEW.description, NEW.language_of_text, 'D');
    IF NEW.slug IS NULL THEN
        NEW.slug := slug_of(CASE WHEN strpos(lower(NEW.name), lower(coalesce(NEW.town, ''))) > 0 THEN NEW.name
                                 ELSE concat_ws(' ', NEW.name, NEW.town) END);
        PERFORM pg_advisory_xact_lock(hashtextextended('slug ' || NEW.slug, 0));
        IF NEW.slug = '' OR EXISTS (SELECT FROM groups g
                                     WHERE g.slug = NEW.slug AND g.deleted_at IS NULL AND g.id <> NEW.id) THEN
            NEW.slug := ltrim(rtrim(left(NEW.slug, 71), '-') || '-' || right(NEW.id::text, 8), '-');
        END IF;
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION topics_json(ids uuid[], language text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT json_agg(json_build_object('id', t.id, 'slug', t.slug,
                                              'name', coalesce(t.names ->> language, t.names ->> 'de'))
                            ORDER BY array_position(ids, t.id))
            FROM topics t
            WHERE t.id = ANY (ids));
END
$$;

-- A group as readers of a language see it; NULL members are left out.
CREATE FUNCTION group_document(g groups, language text) RETURNS json
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
        'next_meeting_at', instant(g.next_meeting_at),
        'revision', g.revision,
        'created_at', instant(g.created_at),
        'updated_at', instant(g.updated_at)));
END
$$;

CREATE FUNCTION group_publish() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.revision = OLD.revision THEN
        RETURN NULL;
    END IF;
    INSERT INTO group_documents (group_id, language, document)
    VALUES (NEW.id, 'de', group_document(NEW, 'de')), (NEW.id, 'en', group_document(NEW, 'en'))
    ON CONFLICT (group_id, language) DO UPDATE SET document = EXCLUDED.document;
    IF NEW.visibility = 'public' THEN  -- what is hidden must not show in what others find
        PERFORM search_words_learn(concat_ws(' ', NEW.name, NEW.town));
    END IF;
    RETURN NULL;
END
$$;

-- In the order of their names: guard, derive, then revise; first log, then publish.
CREATE TRIGGER check_references BEFORE INSERT OR UPDATE ON groups FOR EACH ROW EXECUTE FUNCTION group_guard();
CREATE TRIGGER derive BEFORE INSERT OR UPDATE ON groups FOR EACH ROW EXECUTE FUNCTION group_derive();
CREATE TRIGGER revise BEFORE UPDATE ON groups FOR EACH ROW EXECUTE FUNCTION resource_revise();
CREATE TRIGGER log AFTER INSERT OR UPDATE ON groups FOR EACH ROW EXECUTE FUNCTION resource_log('group');
CREATE TRIGGER publish AFTER INSERT OR UPDATE ON groups FOR EACH ROW EXECUTE FUNCTION group_publish();

-- Search --------------------------------------------------------------------------------------------

-- Whether a word is one of those that say nothing, in any language or among groups: "und", "the", "fuer", "Gruppe".
CREATE FUNCTION says_nothing(word text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN word = ANY ('{selbsthilfe,selbsthilfegruppe,selbsthilfegruppen,gruppe,gruppen,group,groups,support}')
        OR numnode(plainto_tsquery('german', word)) = 0
        OR numnode(plainto_tsquery('english', word)) = 0
        OR numnode(plainto_tsquery('german', replace(replace(replace(word, 'ae', 'ä'), 'oe', 'ö'), 'ue', 'ü'))) = 0;
END
$$;

-- What one folded word of a search may stand for: its stems, words that begin with it, and when nobody knows it, the
-- words most like it.
CREATE FUNCTION search_word(word text) RETURNS tsquery
LANGUAGE plpgsql STABLE AS $$
DECLARE
    meant tsquery := plainto_tsquery('german', word) || plainto_tsquery('english', word)
                     || to_tsquery('simple', quote_literal(word) || CASE WHEN length(word) >= 3 THEN ':*' ELSE '' END);
BEGIN
    IF length(word) >= 4 AND NOT EXISTS (SELECT FROM search_words w WHERE w.word LIKE search_word.word || '%') THEN
        SELECT coalesce(meant || to_tsquery('simple', string_agg(quote_literal(w.word), ' | ')), meant)
        INTO meant
        FROM (SELECT sw.word, similarity(sw.word, search_word.word) AS likeness,
                     max(similarity(sw.word, search_word.word)) OVER () AS best
              FROM search_words sw
              WHERE sw.word % search_word.word) AS w
        WHERE w.likeness >= best - 0.25;
    END IF;
    RETURN meant;
END
$$;

-- All words of a search must be there; NULL when it has none that says anything.
CREATE FUNCTION search_query(q text) RETURNS tsquery
LANGUAGE plpgsql STABLE AS $$
DECLARE
    whole tsquery;
    word  text;
BEGIN
    FOR word IN SELECT w FROM regexp_split_to_table(lower(normalize(q)), '[^[:alnum:]]+') AS w WHERE w <> '' LIMIT 10 LOOP
        IF NOT says_nothing(word) THEN
            whole := CASE WHEN whole IS NULL THEN search_word(fold(word)) ELSE whole && search_word(fold(word)) END;
        END IF;
    END LOOP;
    RETURN whole;
END
$$;

-- Whether each word that says something occurs in a short text, or one like it.
CREATE FUNCTION all_words_in(q text, words text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
    folded text := fold(words);
BEGIN
    RETURN NOT EXISTS (
        SELECT FROM regexp_split_to_table(lower(normalize(q)), '[^[:alnum:]]+') AS w
        WHERE w <> '' AND NOT says_nothing(w)
          AND strpos(folded, fold(w)) = 0
          AND word_similarity(fold(w), folded) < 0.5)
       AND q ~ '[[:alnum:]]';
END
$$;

-- Reading and writing groups ------------------------------------------------------------------------

-- Whether a caller may see a group: everybody, partners, or only the organisations it belongs to.
CREATE FUNCTION group_is_visible(visibility text, owner uuid, is_admin boolean, is_partner boolean, organisations uuid[])
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE visibility WHEN 'public'   THEN true
                           WHEN 'partners' THEN is_admin OR is_partner OR coalesce(owner = ANY (organisations), false)
                           ELSE                 is_admin OR coalesce(owner = ANY (organisations), false) END
$$;

-- A NewGroup as a row: members that are not there get what the contract says they mean.
CREATE FUNCTION group_of(body jsonb) RETURNS groups
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN jsonb_populate_record(NULL::groups, jsonb_build_object(
        'language_of_text',    'de',
        'duration',            jsonb_build_object('kind', 'open_ended'),
        'status',              'active',
        'accepting_newcomers', 'yes',
        'cost',                jsonb_build_object('kind', 'free'),
        'activities',          jsonb_build_array(),
        'accessibility',       jsonb_build_array(),
        'contact',             jsonb_build_object('via', 'relay'),
        'visibility',          'public',
        'age_from',            body #> '{age,from}',
        'age_to',              body #> '{age,to}',
        'country',             body #> '{place,country}',
        'postcode',            body #> '{place,postcode}',
        'town',                body #> '{place,town}',
        'precision',           coalesce(body #> '{place,precision}', to_jsonb('street'::text))
                               ) - CASE WHEN body #> '{place,point}' IS NULL THEN 'precision' ELSE '' END
        || body
        || CASE WHEN body #> '{place,point}' IS NULL THEN '{}' ELSE jsonb_build_object(
               'point', format('SRID=4326;POINT(%s %s)', body #>> '{place,point,lon}', body #>> '{place,point,lat}'))
           END);
END
$$;

-- A group as the NewGroup that would make it: what a patch is applied to. A point that followed from the postcode
-- is left out, so that it follows the next postcode too.
CREATE FUNCTION group_body(g groups) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_strip_nulls(row_to_json(b))
    FROM (SELECT
        g.slug, g.name, g.summary, g.description, g.language_of_text, g.topic_ids, g.audience,
        CASE WHEN g.age_from IS NOT NULL OR g.age_to IS NOT NULL
             THEN json_build_object('from', g.age_from, 'to', g.age_to) END AS age,
        g.leadership, g.duration, g.status, g.joining, g.accepting_newcomers, g.cost, g.activities, g.formats,
        g.languages, g.accessibility,
        CASE WHEN g.country IS NOT NULL THEN json_build_object(
            'country', g.country, 'postcode', g.postcode,
            'town', CASE WHEN NOT g.town_follows THEN g.town END,
            'point', CASE WHEN NOT g.point_follows THEN point_json(g.point) END,
            'precision', CASE WHEN NOT g.point_follows THEN g.precision END) END AS place,
        g.organisation_id, g.supported_by_id, g.contact, g.website, g.visibility, g.partner_note) AS b
$$;

-- What is wrong with a group that somebody wants to write, as a problem and the pointer to it.
CREATE FUNCTION group_verdict(g groups, is_admin boolean, organisations uuid[], OUT problem text, OUT pointer text)
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN g.organisation_id IS NULL THEN 'invalid-body'
                WHEN NOT is_admin AND NOT coalesce(g.organisation_id = ANY (organisations), false) THEN 'forbidden' END,
           CASE WHEN g.organisation_id IS NULL THEN '/organisation_id' END
$$;

-- The groups that a search finds; a filter that is NULL finds all. Inlined into the statements that call it.
CREATE FUNCTION groups_found(
    words tsquery, topics text[], near geography, within_km float8, audiences text[], an_age integer,
    leaderships text[], joinings text[], some_formats text[], some_languages text[], access text[], costs text[],
    statuses text[], newcomers text[], organisation uuid, since timestamptz, is_admin boolean,
    is_partner boolean, organisations uuid[])
RETURNS SETOF groups
LANGUAGE sql STABLE AS $$
    SELECT g.*
    FROM groups g
    WHERE g.deleted_at IS NULL
      AND group_is_visible(g.visibility, g.organisation_id, is_admin, is_partner, organisations)
      AND g.status = ANY (coalesce(statuses, '{founding,active}'))
      AND (words IS NULL OR g.search @@ words)
      AND (topics IS NULL OR g.topic_keys && topics)
      AND (near IS NULL OR ST_DWithin(g.point, near, within_km * 1000, false))
      AND (audiences IS NULL OR g.audience && audiences)
      AND (an_age IS NULL OR an_age BETWEEN coalesce(g.age_from, 0) AND coalesce(g.age_to, 200))
      AND (leaderships IS NULL OR g.leadership = ANY (leaderships))
      AND (joinings IS NULL OR g.joining = ANY (joinings))
      AND (some_formats IS NULL OR g.formats && some_formats)
      AND (some_languages IS NULL OR g.languages && some_languages)
      AND (access IS NULL OR g.accessibility @> access)
      AND (costs IS NULL OR g.cost ->> 'kind' = ANY (costs))
      AND (newcomers IS NULL OR g.accepting_newcomers = ANY (newcomers))
      AND (organisation IS NULL OR g.organisation_id = organisation OR g.supported_by_id = organisation)
      AND (since IS NULL OR g.verified_at >= since)
$$;
