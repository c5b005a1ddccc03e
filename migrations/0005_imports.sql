-- 0005_imports.sql: meeting directories of others: read row by row, compared with what is here, applied, and undone.
--
-- Three values decide about every member: what the feed says, what it said when it was imported last, and what is
-- here. It is written only where the feed says something else than last time and nobody changed it here since.

-- Sources and runs ----------------------------------------------------------------------------------

-- Where meetings come from. settings: time_zone, country, language, topic_ids, audience, duration, online.
CREATE TABLE sources (
    id              uuid PRIMARY KEY DEFAULT uuid_v7(runde_now()),
    key             text NOT NULL,
    organisation_id uuid NOT NULL CONSTRAINT source_organisation REFERENCES organisations (id),
    format          text NOT NULL CONSTRAINT source_format CHECK (format IN ('meeting_guide', 'bmlt')),
    settings        jsonb NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    writer          jsonb NOT NULL,
    CONSTRAINT source_key UNIQUE (organisation_id, key)
);

-- One run: what was found in a feed, and what became of it.
CREATE TABLE imports (
    id              uuid PRIMARY KEY,
    turn            bigint GENERATED ALWAYS AS IDENTITY,
    source_id       uuid NOT NULL REFERENCES sources (id),
    state           text NOT NULL CHECK (state IN ('checked', 'applied', 'undone')),
    patterns        text NOT NULL DEFAULT 'leave' CHECK (patterns IN ('take', 'leave')),
    summary         jsonb NOT NULL DEFAULT '{}',
    provenance      jsonb,  -- what was known of the source before; as long as the run can be undone
    created_at      timestamptz NOT NULL,
    applied_at      timestamptz,
    undone_at       timestamptz,
    writer          jsonb NOT NULL
);
CREATE INDEX imports_by_source ON imports (source_id, turn);

-- What became of each row of the feed, and of each record that is no longer in it.
CREATE TABLE import_rows (
    import_id       uuid NOT NULL REFERENCES imports (id),
    number          integer NOT NULL,
    position        integer,  -- in the feed, from 0; NULL: no longer in it
    key             text,
    known_as        text,     -- the key under which it was imported before
    folded_into     integer,  -- the number of the row whose series has this one's days
    action          text NOT NULL CHECK (action IN ('added', 'changed', 'unchanged', 'gone', 'refused', 'kept')),
    reasons         text[] NOT NULL DEFAULT '{}',
    changed         text[] NOT NULL DEFAULT '{}',
    kept            text[] NOT NULL DEFAULT '{}',
    offer           jsonb,    -- a recurrence found in words
    record          jsonb,    -- the row in the form that all formats share
    cluster         text,     -- the rows that are one group
    series          jsonb,    -- as the feed wants its series; NULL: none
    group_id        uuid,
    schedule_id     uuid,
    PRIMARY KEY (import_id, number)
);

-- Groups and venues as a run wants them; only as long as it can be applied.
CREATE TABLE import_groups (
    import_id       uuid NOT NULL REFERENCES imports (id),
    cluster         text NOT NULL,
    group_id        uuid,
    is_new          boolean NOT NULL DEFAULT false,
    wanted          jsonb NOT NULL,
    PRIMARY KEY (import_id, cluster)
);
CREATE TABLE import_venues (
    import_id       uuid NOT NULL REFERENCES imports (id),
    key             text NOT NULL,
    venue_id        uuid,
    is_new          boolean NOT NULL DEFAULT false,
    wanted          jsonb NOT NULL,
    PRIMARY KEY (import_id, key)
);

-- What a run wrote, and what was there before: what undo goes by.
CREATE TABLE import_effects (
    import_id       uuid NOT NULL REFERENCES imports (id),
    resource        text NOT NULL CHECK (resource IN ('group', 'schedule', 'venue')),
    resource_id     uuid NOT NULL,
    action          text NOT NULL CHECK (action IN ('created', 'updated', 'deleted')),
    before          jsonb,
    after           jsonb,
    outcome         text CHECK (outcome IN ('undone', 'kept')),
    PRIMARY KEY (import_id, resource, resource_id, action)
);

-- Provenance: what of the directory came from which source, and what the source said last.
CREATE TABLE source_records (
    source_id       uuid NOT NULL REFERENCES sources (id),
    key             text NOT NULL,
    group_id        uuid NOT NULL REFERENCES groups (id),
    schedule_id     uuid REFERENCES schedules (id),
    imported        jsonb NOT NULL,
    series          jsonb,
    takes_pattern   boolean NOT NULL,
    PRIMARY KEY (source_id, key)
);
CREATE INDEX source_records_by_group ON source_records (group_id);
CREATE TABLE source_groups (
    source_id       uuid NOT NULL REFERENCES sources (id),
    group_id        uuid NOT NULL REFERENCES groups (id),
    cluster         text NOT NULL,
    imported        jsonb NOT NULL,
    PRIMARY KEY (source_id, group_id)
);
CREATE TABLE source_venues (
    source_id       uuid NOT NULL REFERENCES sources (id),
    key             text NOT NULL,
    venue_id        uuid NOT NULL REFERENCES venues (id),
    imported        jsonb NOT NULL,
    PRIMARY KEY (source_id, key)
);

-- Words -----------------------------------------------------------------------------------------------

-- Everything that is said about a row: why it is refused, or what one should know of it.
CREATE TABLE import_reasons (code text PRIMARY KEY, refuses boolean NOT NULL, sentence text NOT NULL);
INSERT INTO import_reasons VALUES
    ('not_an_object',       true,  'The row is not an object.'),
    ('no_key',              true,  'The row has no slug or id, so that it could not be found again.'),
    ('duplicate_key',       true,  'An earlier row of the feed has the same key.'),
    ('no_name',             true,  'The row has no name.'),
    ('not_published',       true,  'The source does not publish the row.'),
    ('day_unclear',         true,  'The day is not one that is understood.'),
    ('time_unclear',        true,  'The time is not one that is understood.'),
    ('end_unclear',         true,  'The end or the duration is not one that is understood.'),
    ('no_time_zone',        true,  'Neither the row nor the settings name a time zone.'),
    ('time_zone_unknown',   true,  'The time zone is not one of the IANA database.'),
    ('coordinates_unclear', true,  'The coordinates are not numbers, or not on the earth.'),
    ('by_appointment',      false, 'There is no day or no time, so the group has no series of meetings.'),
    ('inactive',            false, 'It does not meet at present, so there is no series of meetings.'),
    ('duration_assumed',    false, 'There is no end; the duration is that of the settings.'),
    ('cut',                 false, 'A text was longer than it may be and was cut.'),
    ('withheld',            false, 'Contact details or passwords were left out of a text.'),
    ('link_unclear',        false, 'The link or number of the online meeting is not one that can be used.'),
    ('place_unclear',       false, 'The country of the place is not clear, so there is no place.'),
    ('folded',              false, 'An earlier row differs only in the day; both are one series.'),
    ('renumbered',          false, 'The row was known under another key.'),
    ('deleted_here',        false, 'Somebody took it out of the directory; it does not come back.'),
    ('gone_changed_here',   false, 'It is no longer in the feed, but somebody changed it here: it stays.');

-- What codes of formats mean for a group. All others stay in the record and are not shown.
CREATE TABLE import_codes (
    format text NOT NULL, code text NOT NULL, member text NOT NULL, value text NOT NULL,
    PRIMARY KEY (format, code, member)
);
INSERT INTO import_codes
SELECT 'meeting_guide', * FROM (VALUES
    ('X',   'accessibility', 'step_free'),       ('XB',  'accessibility', 'accessible_toilet'),
    ('ASL', 'accessibility', 'sign_language'),   ('WHEELCHAIR', 'accessibility', 'step_free'),
    ('WHEELCHAIR ACCESS', 'accessibility', 'step_free'),
    ('ONL', 'attendance', 'online'),             ('TC',  'attendance', 'closed'),
    ('ONLINE', 'attendance', 'online'),          ('ONLINE MEETING', 'attendance', 'online'),
    ('LOCATION TEMPORARILY CLOSED', 'attendance', 'closed'),
    ('AM',  'language', 'am'), ('DA',  'language', 'da'), ('DE',  'language', 'de'), ('EL',  'language', 'el'),
    ('EN',  'language', 'en'), ('FA',  'language', 'fa'), ('FR',  'language', 'fr'), ('HE',  'language', 'he'),
    ('HI',  'language', 'hi'), ('HR',  'language', 'hr'), ('HU',  'language', 'hu'), ('ITA', 'language', 'it'),
    ('JA',  'language', 'ja'), ('KOR', 'language', 'ko'), ('LT',  'language', 'lt'), ('ML',  'language', 'ml'),
    ('NO',  'language', 'no'), ('POL', 'language', 'pl'), ('POR', 'language', 'pt'), ('PUN', 'language', 'pa'),
    ('RUS', 'language', 'ru'), ('S',   'language', 'es'), ('SK',  'language', 'sk'), ('SV',  'language', 'sv'),
    ('TH',  'language', 'th'), ('TL',  'language', 'tl'), ('UK',  'language', 'uk'),
    ('SPANISH', 'language', 'es'), ('ENGLISH', 'language', 'en'), ('GERMAN', 'language', 'de')) AS known
UNION ALL
SELECT 'bmlt', * FROM (VALUES
    ('WC',  'accessibility', 'step_free'),       ('WCHR', 'accessibility', 'step_free'),
    ('RS',  'accessibility', 'step_free'),       ('ASL', 'accessibility', 'sign_language'),
    ('VM',  'attendance', 'online'),             ('HY',  'attendance', 'hybrid'),
    ('TC',  'attendance', 'closed'),
    ('EN',  'language', 'en'), ('ES',  'language', 'es'), ('DE',  'language', 'de'), ('FR',  'language', 'fr'),
    ('PL',  'language', 'pl'), ('RU',  'language', 'ru'), ('FA',  'language', 'fa'), ('IT',  'language', 'it'),
    ('PT',  'language', 'pt')) AS known;

-- Countries as people write them, folded.
CREATE TABLE country_names (name text PRIMARY KEY, code text NOT NULL);
INSERT INTO country_names
SELECT DISTINCT fold(name), code
FROM (VALUES
    ('US', '{USA,US,U.S.A.,United States,United States of America,Vereinigte Staaten}'),
    ('GB', '{UK,GB,United Kingdom,Great Britain,England,Scotland,Wales,Northern Ireland,Grossbritannien}'),
    ('DE', '{DE,Germany,Deutschland}'), ('AT', '{AT,Austria,Österreich}'),
    ('CH', '{CH,Switzerland,Schweiz,Suisse,Svizzera}'), ('LI', '{LI,Liechtenstein}'),
    ('LU', '{LU,Luxembourg,Luxemburg}'), ('BE', '{BE,Belgium,Belgien,België,Belgique}'),
    ('NL', '{NL,Netherlands,The Netherlands,Niederlande,Nederland}'), ('FR', '{FR,France,Frankreich}'),
    ('IT', '{IT,Italy,Italien,Italia}'), ('ES', '{ES,Spain,Spanien,España}'), ('PT', '{PT,Portugal}'),
    ('DK', '{DK,Denmark,Dänemark,Danmark}'), ('NO', '{NO,Norway,Norwegen,Norge}'),
    ('SE', '{SE,Sweden,Schweden,Sverige}'), ('FI', '{FI,Finland,Finnland}'), ('IS', '{IS,Iceland,Island}'),
    ('IE', '{IE,Ireland,Irland}'), ('PL', '{PL,Poland,Polen,Polska}'),
    ('CZ', '{CZ,Czechia,Czech Republic,Tschechien}'), ('SK', '{SK,Slovakia,Slowakei}'),
    ('HU', '{HU,Hungary,Ungarn}'), ('SI', '{SI,Slovenia,Slowenien}'), ('HR', '{HR,Croatia,Kroatien}'),
    ('GR', '{GR,Greece,Griechenland}'), ('TR', '{TR,Turkey,Türkei,Türkiye}'), ('RO', '{RO,Romania,Rumänien}'),
    ('BG', '{BG,Bulgaria,Bulgarien}'), ('UA', '{UA,Ukraine}'), ('RU', '{RU,Russia,Russland}'),
    ('CA', '{CA,Canada,Kanada}'), ('MX', '{MX,Mexico,Mexiko,México}'), ('BR', '{BR,Brazil,Brasilien,Brasil}'),
    ('AR', '{AR,Argentina,Argentinien}'), ('CL', '{CL,Chile}'), ('CO', '{CO,Colombia,Kolumbien}'),
    ('AU', '{AU,Australia,Australien}'), ('NZ', '{NZ,New Zealand,Neuseeland}'),
    ('ZA', '{ZA,South Africa,Südafrika}'), ('IN', '{IN,India,Indien}'), ('JP', '{JP,Japan}'),
    ('IL', '{IL,Israel}'), ('SG', '{SG,Singapore,Singapur}'), ('HK', '{HK,Hong Kong,Hongkong}'),
    ('TH', '{TH,Thailand}'), ('PH', '{PH,Philippines,Philippinen}'), ('MT', '{MT,Malta}'), ('CY', '{CY,Cyprus,Zypern}'),
    ('GE', '{GE,Georgia}')) AS known (code, names), unnest(names::text[]) AS name;

-- A named or numbered character of HTML; NULL if it is none.
CREATE FUNCTION html_character(name text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    code bigint;
BEGIN
    IF name ~ '^#[0-9]{1,7}$' THEN
        code := substr(name, 2)::bigint;
    ELSIF name ~* '^#x[0-9a-f]{1,6}$' THEN
        code := ('x' || lpad(substr(name, 3), 8, '0'))::bit(32)::bigint;
    ELSE
        RETURN jsonb_build_object(
            'lt', '<', 'gt', '>', 'quot', '"', 'apos', '''', 'nbsp', ' ', 'ndash', '–', 'mdash', '—', 'hellip', '…',
            'lsquo', '‘', 'rsquo', '’', 'ldquo', '“', 'rdquo', '”', 'bdquo', '„', 'laquo', '«', 'raquo', '»',
            'auml', 'ä', 'ouml', 'ö', 'uuml', 'ü', 'Auml', 'Ä', 'Ouml', 'Ö', 'Uuml', 'Ü', 'szlig', 'ß',
            'eacute', 'é', 'egrave', 'è', 'agrave', 'à', 'aacute', 'á', 'ntilde', 'ñ', 'ccedil', 'ç', 'oacute', 'ó',
            'iacute', 'í', 'uacute', 'ú', 'bull', '•', 'middot', '·', 'euro', '€', 'deg', '°', 'shy', '') ->> name;
    END IF;
    RETURN CASE WHEN code BETWEEN 32 AND 55295 OR code BETWEEN 57344 AND 1114111 OR code IN (9, 10) THEN chr(code::integer)
                ELSE ' ' END;
END
$$;

-- HTML as plain text, without what the API does not let through (control and direction characters).
CREATE FUNCTION plain_text(words text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    name text;
BEGIN
    IF words !~ '[<&\u0001-\u001f\u007f-\u00a0\u200b\u202a-\u202e\u2066-\u2069\ufeff]' THEN
        RETURN nullif(trim(words), '');
    END IF;
    IF words ~ '[<&]' THEN
        words := regexp_replace(words, '<(script|style)\M[^>]*>.*?</\1\s*>', ' ', 'gi');
        words := regexp_replace(words, '<(br|/p|/div|/li|/tr|/h[1-6])\s*/?>', E'\n', 'gi');
        words := regexp_replace(words, '<(/?[a-zA-Z][^<>]*|!--.*?--)>', '', 'g');
        FOR name IN SELECT DISTINCT m[1] FROM regexp_matches(words, '&(#?[a-zA-Z0-9]{1,10});', 'g') AS m LOOP
            words := replace(words, '&' || name || ';', coalesce(html_character(name), '&' || name || ';'));
        END LOOP;
        words := replace(words, '&amp;', '&');
    END IF;
    IF words ~ '[\u0001-\u0008\u000b-\u001f\u007f-\u00a0\u200b\u202a-\u202e\u2066-\u2069\ufeff]' THEN
        words := regexp_replace(words, '\r\n?|\u0085', E'\n', 'g');
        words := regexp_replace(words, '[\u200b\u202a-\u202e\u2066-\u2069\ufeff]', '', 'g');
        words := regexp_replace(words, '[\u0001-\u0008\u000b-\u001f\u007f-\u00a0]', ' ', 'g');
    END IF;
    words := regexp_replace(words, '[ \t]*\n[ \t]*(\n[ \t]*)+', E'\n\n', 'g');
    RETURN nullif(trim(BOTH E' \t\n' FROM words), '');
END
$$;

-- A member of a feed as text: of words, numbers and truth values; NULL if there is nothing in it.
CREATE FUNCTION feed_text(value jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN CASE WHEN jsonb_typeof(value) IN ('string', 'number', 'boolean') THEN plain_text(value #>> '{}') END;
END
$$;

-- A text in one line.
CREATE FUNCTION feed_line(value jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    words text := feed_text(value);
BEGIN
    RETURN CASE WHEN words ~ '\s\s|[\t\n]' THEN regexp_replace(words, '\s+', ' ', 'g') ELSE words END;
END
$$;

-- A text without ways to single people and into closed rooms: addresses of mail, telephone numbers, links to online
-- meetings, ids and passwords.
CREATE FUNCTION discreet(words text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF words !~* '@|\d.{5,}\d|https?:|\m(pass|pw|pin|kennwort|code)' THEN
        RETURN words;
    END IF;
    words := regexp_replace(words, '[[:alnum:]._%+-]+@[[:alnum:]-]+(\.[[:alnum:]-]+)+', '…', 'g');
    words := regexp_replace(words, 'https?://\S*(zoom|gotomeet|webex|teams|meet\.|skype|jitsi|bbb|whereby)\S*', '…', 'gi');
    words := regexp_replace(
        words, '\m(pass ?code|pass ?word|passwort|kennwort|pass|pw|pin|access code|zugangscode)\M\s*(is|ist|lautet)?\s*[:=#]?\s*\S*\d\S*',
        '…', 'gi');
    words := regexp_replace(words, '\m(pass ?code|pass ?word|passwort|kennwort|pw)\s*([:=#]|is|ist|lautet)\s*\S+', '…', 'gi');
    words := regexp_replace(
        words, '(?!\d{4}-\d\d-\d\d\M|\d{1,2}[./]\d{1,2}[./]\d{2,4}\M)(\+|\m)\(?\d(?:[\d ()./-]{5,})\d\M', '…', 'g');
    RETURN nullif(trim(BOTH E' \t\n' FROM words), '');
END
$$;

-- At most so many characters of a text, the last one saying that there was more.
CREATE FUNCTION cut_text(words text, most integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN length(words) > most THEN rtrim(left(words, most - 1)) || '…' ELSE words END
$$;

CREATE FUNCTION country_of(words text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN (SELECT c.code FROM country_names c WHERE c.name = fold(words));
END
$$;

-- Days and times ------------------------------------------------------------------------------------

-- A weekday as RFC 5545 writes it; NULL if it is none. first: the number of Sunday
CREATE FUNCTION weekday_of(words text, first integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF words ~ '^[0-9]$' THEN
        RETURN ('{SU,MO,TU,WE,TH,FR,SA}'::text[])[words::integer - first + 1];
    END IF;
    words := lower(words);
    RETURN CASE
        WHEN words ~ '^(mon(days?)?|montags?|mo)$'                                       THEN 'MO'
        WHEN words ~ '^(tue(s?|sdays?)|dienstags?|di)$'                                  THEN 'TU'
        WHEN words ~ '^(wed(nesdays?)?|mittwochs?|mi)$'                                  THEN 'WE'
        WHEN words ~ '^(thu(rs?|rsdays?)?|donnerstags?|do)$'                             THEN 'TH'
        WHEN words ~ '^(fri(days?)?|freitags?|fr)$'                                      THEN 'FR'
        WHEN words ~ '^(sat(urdays?)?|samstags?|sonnabends?|sa)$'                        THEN 'SA'
        WHEN words ~ '^(sun(days?)?|sonntags?|so)$'                                      THEN 'SU'
    END;
END
$$;

-- The weekdays of a row, in the order of a week; none: by appointment; NULL: not understood.
CREATE FUNCTION feed_days(value jsonb, first integer) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    wanted jsonb := CASE WHEN jsonb_typeof(value) = 'array' THEN value ELSE jsonb_build_array(value) END;
    days   text[] := '{}';
    word   text;
    day    text;
BEGIN
    FOR word IN SELECT feed_line(e) FROM jsonb_array_elements(wanted) AS e LOOP
        CONTINUE WHEN word IS NULL;
        day := weekday_of(word, first);
        IF day IS NULL THEN
            RETURN NULL;
        END IF;
        days := days || day;
    END LOOP;
    IF value IS NOT NULL AND jsonb_typeof(value) IN ('object', 'boolean') THEN
        RETURN NULL;
    END IF;
    RETURN ARRAY(SELECT d FROM unnest('{MO,TU,WE,TH,FR,SA,SU}'::text[]) WITH ORDINALITY AS w (d, n)
                 WHERE d = ANY (days) ORDER BY n);
END
$$;

-- "19:30", "19:30:00", "6:00 AM", "6 pm", "noon"; NULL: not understood.
CREATE FUNCTION feed_time(words text) RETURNS time
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    m    text[];
    hour integer;
BEGIN
    IF lower(words) IN ('noon', '12 noon', 'midnight', '12 midnight') THEN
        RETURN CASE WHEN lower(words) LIKE '%noon' THEN '12:00' ELSE '00:00' END;
    END IF;
    m := regexp_match(lower(words), '^([0-9]{1,2})(?:[:.]([0-9]{2}))?(?::[0-9]{2}(?:\.0+)?)? ?(?:([ap])\.?m\.?|uhr)?$');
    IF m IS NULL OR (m[2] IS NULL AND lower(words) !~ '[a-z]') OR coalesce(m[2], '0')::integer > 59 THEN
        RETURN NULL;
    END IF;
    hour := m[1]::integer;
    IF m[3] IS NOT NULL THEN
        IF hour NOT BETWEEN 1 AND 12 THEN
            RETURN NULL;
        END IF;
        hour := hour % 12 + CASE m[3] WHEN 'p' THEN 12 ELSE 0 END;
    END IF;
    RETURN CASE WHEN hour <= 23 THEN make_time(hour, coalesce(m[2], '0')::integer, 0) END;
END
$$;

-- Whether PostgreSQL's copy of the IANA database has a zone. Its names for fixed offsets (POSIX) are none.
CREATE FUNCTION zone_is_known(zone text, at timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF coalesce(zone, '') !~ '^([A-Z][A-Za-z_]+(/[A-Z][A-Za-z_-]+){1,2}|Etc/GMT[+-][0-9]{1,2}|UTC)$' THEN
        RETURN false;
    END IF;
    PERFORM at AT TIME ZONE zone;
    RETURN true;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN false;
END
$$;

-- The first local start of a series on or after a day, at a time that a clock there shows.
-- rules: weekly on days, or monthly on weekdays with their places in the month
CREATE FUNCTION series_start(rules text[], at_time time, zone text, at timestamptz) RETURNS timestamp
LANGUAGE plpgsql STABLE AS $$
DECLARE
    day     date := (at AT TIME ZONE zone)::date;
    days    text[] := string_to_array(substring(rules[1] FROM 'BYDAY=([^;]+)'), ',');
    monthly boolean := rules[1] LIKE 'FREQ=MONTHLY%';
    code    text;
BEGIN
    FOR i IN 0 .. 400 LOOP
        code := ('{SU,MO,TU,WE,TH,FR,SA}'::text[])[extract(dow FROM day)::integer + 1];
        IF (CASE WHEN monthly THEN (extract(day FROM day)::integer + 6) / 7 || code = ANY (days)
                                   OR ('-1' || code = ANY (days) AND extract(month FROM day + 7) <> extract(month FROM day))
                 ELSE code = ANY (days) END)
           AND NOT is_in_gap(day + at_time, zone) THEN
            RETURN day + at_time;
        END IF;
        day := day + 1;
    END LOOP;
    RETURN NULL;
END
$$;

-- Recurrence in words -------------------------------------------------------------------------------

-- Why a recurrence found in words is not certain.
CREATE TABLE pattern_doubts (code text PRIMARY KEY, sentence text NOT NULL);
INSERT INTO pattern_doubts VALUES
    ('which_week',   'It does not say in which week the series begins.'),
    ('which_day',    'It does not say on which day of the month.'),
    ('another_day',  'It names another day than the row.'),
    ('several_days', 'The row is on several days.'),
    ('special',      'It may speak of a special meeting, not of all.'),
    ('limited',      'It holds only at times.'),
    ('several',      'It names more than one recurrence.');

-- A place in the month: 1 to 5, -1 for the last.
CREATE FUNCTION ordinal_of(word text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN word ~ '^(1|first|erst)'    THEN 1
                WHEN word ~ '^(2|second|zweit)'  THEN 2
                WHEN word ~ '^(3|third|dritt)'   THEN 3
                WHEN word ~ '^(4|fourth|viert)'  THEN 4
                WHEN word ~ '^(5|fifth|fünft)'   THEN 5
                WHEN word ~ '^(last|letzt)'      THEN -1 END
$$;

CREATE FUNCTION weekday_name(day text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE day WHEN 'MO' THEN 'monday' WHEN 'TU' THEN 'tuesday' WHEN 'WE' THEN 'wednesday' WHEN 'TH' THEN 'thursday'
                    WHEN 'FR' THEN 'friday' WHEN 'SA' THEN 'saturday' ELSE 'sunday' END
$$;

-- Weekdays at places in the month, as a rule and as people say it.
CREATE FUNCTION monthly_rule(places integer[], day text) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_build_object(
        'rules', jsonb_build_array('FREQ=MONTHLY;BYDAY=' || string_agg(place || day, ',' ORDER BY place < 0, place)),
        'repeats', jsonb_build_array(jsonb_build_object('unit', 'month', 'every', 1, 'on', jsonb_agg(
            CASE place WHEN 1 THEN 'first' WHEN 2 THEN 'second' WHEN 3 THEN 'third' WHEN 4 THEN 'fourth'
                       WHEN 5 THEN 'fifth' ELSE 'last' END
            || ' ' || weekday_name(day) ORDER BY place < 0, place))))
    FROM (SELECT DISTINCT unnest(places) AS place) AS p
$$;

-- The weekday that a word of any length and number names.
CREATE FUNCTION weekday_in(word text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN word ~ '^mon?'        THEN 'MO'
                WHEN word ~ '^(tue|die)'   THEN 'TU'
                WHEN word ~ '^(wed|mit)'   THEN 'WE'
                WHEN word ~ '^(thu|don)'   THEN 'TH'
                WHEN word ~ '^(fri|fre)'   THEN 'FR'
                WHEN word ~ '^(sat|sam|sonna)' THEN 'SA'
                WHEN word ~ '^(sun|sonnt)' THEN 'SU' END
$$;

-- The first recurrence that words name: kind is monthly, fortnightly, week_of_month or once_a_month.
CREATE FUNCTION pattern_in(words text, OUT kind text, OUT evidence text, OUT places integer[], OUT day text, OUT others boolean)
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    ordinal  CONSTANT text := '(?:1st|2nd|3rd|4th|5th|first|second|third|fourth|fifth|last|[1-5]\.'
                              '|(?:erste|zweite|dritte|vierte|fünfte|letzte)[nrsm]?)';
    ordinals CONSTANT text := ordinal || '(?:\s*(?:,|&|\+|/|\mand\M|\mund\M|\mu\.|\msowie\M)\s*(?:(?:the|and|und)\s+)?' || ordinal || ')*';
    weekday  CONSTANT text := '(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?'
                              '|(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag)s?'
                              '|mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)';
    of_month CONSTANT text := '(?:of|in|im|des|each|every|jede[ns])\s+(?:(?:the|each|every|jede[ns])\s+)?(?:month|monats?)';
    m        text[];
BEGIN
    m := regexp_match(words, '(\m(every\s+|each\s+|jede[nrsm]?\s+)?(' || ordinals || ')\s+(' || weekday || ')\M(\s+' || of_month || '\M)?)');
    IF m IS NOT NULL THEN
        evidence := m[1];
        day := weekday_in(m[4]);
        places := ARRAY(SELECT ordinal_of(o[1]) FROM regexp_matches(m[3], '(' || ordinal || ')', 'g') AS o);
        kind := CASE WHEN m[2] IS NOT NULL AND m[5] IS NULL AND places = '{2}' THEN 'fortnightly' ELSE 'monthly' END;
        others := (SELECT count(*) > 1 FROM regexp_matches(words, '\m' || ordinals || '\s+(?:' || weekday || '|weeks?|wks?|woche)\M', 'g'));
        RETURN;
    END IF;
    others := false;
    m := regexp_match(words, '(\m(?:every|each)\s+other\s+(' || weekday || '|week)\M|\m(?:every\s+)?alternate\s+(' || weekday || '|weeks?)\M)');
    IF m IS NULL THEN
        m := regexp_match(words, '(\m(?:every|each)\s+(?:two|2|second|2nd)\s+weeks?\M|\mbi-?weekly\M|\mfortnightly\M'
                          '|\malle\s+(?:14|vierzehn)\s+tage\M|\malle\s+(?:2|zwei)\s+wochen\M|\mjede\s+(?:zweite|2\.)\s+woche\M'
                          '|\m(?:14|vierzehn)-?\s*tägig\w*|\m(?:zwei|2-?)wöch\w+)');
    END IF;
    IF m IS NOT NULL THEN
        kind := 'fortnightly';
        evidence := m[1];
        day := weekday_in(coalesce(m[2], m[3]));
        RETURN;
    END IF;
    m := regexp_match(words, '(\m(' || ordinals || ')\s+(?:weeks?|wks?|woche)\s+' || of_month || '\M)');
    IF m IS NOT NULL THEN
        kind := 'week_of_month';
        evidence := m[1];
        places := ARRAY(SELECT ordinal_of(o[1]) FROM regexp_matches(m[2], '(' || ordinal || ')', 'g') AS o);
        RETURN;
    END IF;
    m := regexp_match(words, '(\mmonthly\M|\mmonatlich\w*|\monce\s+a\s+month\M|\m(?:einmal|1\s?x|1\s?mal)\s+im\s+monat\M)');
    IF m IS NOT NULL THEN
        kind := 'once_a_month';
        evidence := m[1];
    END IF;
END
$$;

-- The part of a text that speaks of some words in it: up to where a sentence ends, on both sides.
CREATE FUNCTION sentence_around(words text, part text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT regexp_replace(left(words, strpos(words, part) - 1), '^.*([!?;•\n]|[[:alpha:])]{2}\.\s)', '')
           || part || coalesce(substring(substr(words, strpos(words, part) + length(part)) FROM '^([^!?;•\n.]*)'), '')
$$;

-- A recurrence that a name or a note says and the format of the feed cannot: offered, never just taken.
-- place: name or notes; days: those of the row
CREATE FUNCTION pattern_offer(words text, place text, days text[]) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    lowered  text := lower(words);
    p        record;
    sentence text;
    says_all boolean;
    doubt    text;
    on_day   text;
BEGIN
    IF cardinality(days) = 0 OR lowered IS NULL OR lowered !~ '\m(1st|2nd|3rd|4th|5th|first|second|third|fourth|fifth|last|every|each|alternate|bi-?week|fortnight|monthly|once|erste|zweite|dritte|vierte|fünfte|letzte|alle|jede|14|vierzehn|zwei|2-?wöch|monatl|einmal|1 ?x|[1-5]\.)' THEN
        RETURN NULL;
    END IF;
    SELECT * INTO p FROM pattern_in(lowered);
    IF p.kind IS NULL THEN
        RETURN NULL;
    END IF;
    sentence := sentence_around(lowered, p.evidence);
    on_day := coalesce(p.day, days[1]);
    IF sentence ~ '\m(no|not|except|kein\w*|nicht|außer|entfällt|ausser|cancel\w*)\M' THEN
        RETURN NULL;
    END IF;
    says_all := place = 'name' OR sentence ~ '\m(meets|we meet|(meetings?|group) (is|are) (held\s)?|trifft|treffen)\M';
    IF place = 'notes' AND (p.kind IN ('week_of_month', 'once_a_month') OR NOT on_day = ANY (days)) AND NOT says_all THEN
        RETURN NULL;
    END IF;
    doubt := CASE
        WHEN cardinality(days) > 1                                  THEN 'several_days'
        WHEN NOT on_day = ANY (days)                                THEN 'another_day'
        WHEN p.kind IN ('fortnightly', 'week_of_month')             THEN 'which_week'
        WHEN p.kind = 'once_a_month'                                THEN 'which_day'
        WHEN p.others                                               THEN 'several'
        WHEN lowered ~ '\m(a|per|each|every) (year|quarter)\M|\m(im|pro|jedes) (jahr|quartal)\M' THEN 'limited'
        WHEN NOT says_all                                           THEN 'special'
        WHEN place = 'notes' AND sentence ~ '\m(only|other|speaker|spkr|birthday|business|potluck|eating|celebrat\w*|anniversar\w*|step|steps|tradition\w*|topic|study|studies|open|closed|hybrid|in.person|zoom|online|sonder\w*|vortr\w*|offen\w*|geschlossen\w*|geburtstag\w*|nur|sonst)\M'
                                                                    THEN 'special'
    END;
    RETURN jsonb_strip_nulls(
        CASE p.kind
            WHEN 'monthly'       THEN monthly_rule(p.places, on_day)
            WHEN 'week_of_month' THEN monthly_rule(p.places, on_day)
            WHEN 'fortnightly'   THEN jsonb_build_object(
                'rules', jsonb_build_array('FREQ=WEEKLY;INTERVAL=2;BYDAY=' || on_day),
                'repeats', jsonb_build_array(jsonb_build_object('unit', 'week', 'every', 2, 'on', jsonb_build_array(weekday_name(on_day)))))
            ELSE '{}' END
        || jsonb_build_object(
            'evidence', substr(words, strpos(lowered, p.evidence), length(p.evidence)), 'where', place,
            'certain', doubt IS NULL, 'because', (SELECT d.sentence FROM pattern_doubts d WHERE d.code = doubt)));
END
$$;

-- Reading rows --------------------------------------------------------------------------------------

-- What all formats say of a meeting, in the words of the feed.
CREATE TYPE feed_row AS (
    key             text,
    published       boolean,
    name            text,
    notes           text,
    group_name      text,
    group_notes     text,
    days            text[],     -- NULL: not understood; none: by appointment
    at_time         text,
    end_time        text,
    duration        text,
    time_zone       text,
    codes           text[],
    attendance      text,       -- in_person, online, hybrid, inactive; NULL: to be found out
    join_url        text,
    dial_in         text,
    website         text,
    location        text,
    directions      text,
    formatted       text,       -- the whole address in one line
    street          text,
    postcode        text,
    town            text,
    country         text,
    lat             text,
    lon             text,
    approximate     boolean,
    starts          time,       -- at_time understood
    ends            time,       -- end_time understood
    length          text        -- '' if the feed does not say, NULL if it is not understood
);

-- The codes of a row: a list, or one text with commas or in brackets.
CREATE FUNCTION feed_codes(value jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT ARRAY(
        SELECT DISTINCT upper(trim(BOTH ' []"' FROM word)) AS code
        FROM (SELECT feed_line(e) AS word
              FROM jsonb_array_elements(CASE WHEN jsonb_typeof(value) = 'array' THEN value ELSE '[]' END) AS e
              UNION ALL
              SELECT w FROM string_to_table(CASE WHEN jsonb_typeof(value) <> 'array' THEN feed_line(value) END, ',') AS w) AS words
        WHERE trim(BOTH ' []"' FROM word) <> ''
        ORDER BY code)
$$;

-- The Meeting Guide format: https://github.com/code4recovery/spec. Day 0 is Sunday.
CREATE FUNCTION feed_row_meeting_guide(r jsonb) RETURNS feed_row
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    f feed_row;
BEGIN
    f.key := feed_line(coalesce(nullif(r -> 'slug', '""'), r -> 'id'));
    f.published := true;
    f.name := feed_line(r -> 'name');
    f.notes := feed_text(r -> 'notes');
    f.group_name := feed_line(r -> 'group');
    f.group_notes := feed_text(r -> 'group_notes');
    f.days := feed_days(r -> 'day', 0);
    f.at_time := feed_line(r -> 'time');
    f.end_time := feed_line(r -> 'end_time');
    f.time_zone := feed_line(r -> 'timezone');
    f.codes := feed_codes(r -> 'types');
    f.attendance := feed_line(r -> 'attendance_option');
    f.join_url := feed_line(r -> 'conference_url');
    f.dial_in := feed_line(r -> 'conference_phone');
    f.website := feed_line(r -> 'website');
    f.location := feed_line(r -> 'location');
    f.directions := feed_text(r -> 'location_notes');
    f.formatted := feed_line(r -> 'formatted_address');
    f.street := feed_line(r -> 'address');
    f.postcode := feed_line(r -> 'postal_code');
    f.town := feed_line(r -> 'city');
    f.country := feed_line(r -> 'country');
    f.lat := feed_line(r -> 'latitude');
    f.lon := feed_line(r -> 'longitude');
    f.approximate := lower(feed_line(r -> 'approximate')) IN ('yes', 'true', '1');
    RETURN f;
END
$$;

-- The answer of BMLT's GetSearchResults: everything is a string, day 1 is Sunday.
CREATE FUNCTION feed_row_bmlt(r jsonb) RETURNS feed_row
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    f feed_row;
BEGIN
    f.key := feed_line(r -> 'id_bigint');
    f.published := coalesce(feed_line(r -> 'published'), '1') NOT IN ('0', 'false');
    f.name := feed_line(r -> 'meeting_name');
    f.notes := feed_text(r -> 'comments');
    f.days := feed_days(r -> 'weekday_tinyint', 1);
    f.at_time := feed_line(r -> 'start_time');
    f.duration := feed_line(r -> 'duration_time');
    f.time_zone := feed_line(r -> 'time_zone');
    f.codes := feed_codes(r -> 'formats');
    f.attendance := CASE feed_line(r -> 'venue_type') WHEN '1' THEN 'in_person' WHEN '2' THEN 'online' WHEN '3' THEN 'hybrid' END;
    f.join_url := feed_line(r -> 'virtual_meeting_link');
    f.dial_in := feed_line(r -> 'phone_meeting_number');
    f.location := feed_line(r -> 'location_text');
    f.directions := feed_text(r -> 'location_info');
    f.street := feed_line(r -> 'location_street');
    f.postcode := feed_line(r -> 'location_postal_code_1');
    f.town := feed_line(coalesce(nullif(r -> 'location_municipality', '""'), r -> 'location_city_subsection'));
    f.country := feed_line(r -> 'location_nation');
    f.lat := feed_line(r -> 'latitude');
    f.lon := feed_line(r -> 'longitude');
    f.approximate := false;
    RETURN f;
END
$$;

-- An address in one line taken apart, as far as it goes: street, town, postcode, country.
CREATE FUNCTION address_parts(formatted text, OUT street text, OUT town text, OUT postcode text, OUT country text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    parts text[] := array_remove(regexp_split_to_array(formatted, '\s*,\s*'), '');
    last  text := parts[cardinality(parts)];
    m     text[];
BEGIN
    country := country_of(last);
    IF country IS NOT NULL AND NOT (country = 'GE' AND cardinality(parts) > 1 AND parts[1] ~ '\d') THEN
        parts := trim_array(parts, 1);
    ELSE
        country := NULL;
        m := regexp_match(last, '^(.*?)\s+(USA|United States|UK|Germany|Deutschland|Canada)$');
        IF m IS NOT NULL THEN
            country := country_of(m[2]);
            parts[cardinality(parts)] := m[1];
        END IF;
    END IF;
    last := parts[cardinality(parts)];
    m := regexp_match(last, '^(.*?)\s*\m[A-Z]{2}\.?\s+([0-9]{5}(?:-[0-9]{4})?)$');
    IF m IS NOT NULL AND coalesce(country, 'US') = 'US' THEN
        country := 'US';
        postcode := m[2];
        parts := CASE WHEN m[1] = '' THEN trim_array(parts, 1) ELSE trim_array(parts, 1) || m[1] END;
    ELSIF country IN ('US', 'CA') AND last ~ '^[A-Z]{2}( [A-Z][0-9][A-Z] ?[0-9][A-Z][0-9])?$' THEN
        postcode := substring(last FROM '^[A-Z]{2} (.+)$');
        parts := trim_array(parts, 1);
    ELSE
        m := coalesce(regexp_match(last, '^()([0-9]{4,5}(?: [A-Z]{2})?)\s+(\D+)$'),
                      regexp_match(last, '^(.+?)\s+([A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2})()$'),
                      regexp_match(last, '^(.+?)\s+([0-9]{4,5})()$'));
        IF m IS NOT NULL THEN
            postcode := m[2];
            parts[cardinality(parts)] := m[1] || m[3];
        END IF;
    END IF;
    town := parts[cardinality(parts)];
    street := nullif(array_to_string(trim_array(parts, least(cardinality(parts), 1)), ', '), '');
END
$$;

-- How a meeting is held: in_person, online, phone, hybrid, or inactive.
CREATE FUNCTION feed_attendance(f feed_row, modes text[], has_street boolean) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    online boolean := f.join_url IS NOT NULL OR f.dial_in IS NOT NULL OR 'online' = ANY (modes);
    placed boolean := has_street AND NOT coalesce(f.approximate, false) AND NOT 'closed' = ANY (modes);
    found  text;
BEGIN
    found := CASE
        WHEN f.attendance IN ('in_person', 'online', 'hybrid', 'inactive') THEN f.attendance
        WHEN 'hybrid' = ANY (modes) THEN 'hybrid'
        WHEN online AND placed      THEN 'hybrid'
        WHEN online                 THEN 'online'
        WHEN 'closed' = ANY (modes) THEN 'inactive'
        ELSE                             'in_person'
    END;
    RETURN CASE WHEN found = 'online' AND f.join_url IS NULL AND f.dial_in IS NOT NULL THEN 'phone' ELSE found END;
END
$$;

-- A feed's rows; NULL if it is no list of any kind.
CREATE FUNCTION feed_rows(feed jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT list
    FROM (VALUES (feed), (feed -> 'meetings'), (feed -> 'data')) AS known (list)
    WHERE jsonb_typeof(list) = 'array'
    LIMIT 1
$$;

-- How long a meeting is, as text; '' if the feed does not say, NULL if that is not understood.
CREATE FUNCTION feed_duration(f feed_row) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    length interval;
BEGIN
    IF (f.end_time IS NOT NULL AND f.ends IS NULL)
       OR (f.duration IS NOT NULL AND f.duration !~ '^[0-9]{1,2}:[0-5][0-9](:[0-5][0-9])?$') THEN
        RETURN NULL;
    END IF;
    length := CASE WHEN f.duration IS NOT NULL THEN f.duration::interval
                   WHEN f.ends < f.starts      THEN f.ends - f.starts + interval '24 hours'
                   ELSE                             f.ends - f.starts END;
    RETURN CASE WHEN length >= interval '1 minute' AND length <= interval '24 hours' THEN duration_text(length) ELSE '' END;
END
$$;

-- A point as PostGIS reads it; NULL if there is none, '' if it is not one.
CREATE FUNCTION feed_point(lat text, lon text) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    number CONSTANT text := '^[+-]?[0-9]{1,4}(\.[0-9]*)?$';
BEGIN
    IF lat IS NULL OR lon IS NULL THEN
        RETURN NULL;
    END IF;
    IF lat !~ number OR lon !~ number OR abs(lat::numeric) > 90 OR abs(lon::numeric) > 180 THEN
        RETURN '';
    END IF;
    RETURN CASE WHEN lat::numeric <> 0 OR lon::numeric <> 0 THEN
        format('SRID=4326;POINT(%s %s)', round(lon::numeric, 5)::float8, round(lat::numeric, 5)::float8) END;
END
$$;

-- Why a row cannot be imported; NULL if it can. zones: those of the feed that are known
CREATE FUNCTION feed_refusal(f feed_row, zones text[]) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN f.key IS NULL OR length(f.key) > 200                        THEN 'no_key'
        WHEN NOT f.published                                             THEN 'not_published'
        WHEN f.name IS NULL OR length(f.name) < 2                        THEN 'no_name'
        WHEN f.days IS NULL                                              THEN 'day_unclear'
        WHEN f.at_time IS NOT NULL AND f.starts IS NULL                  THEN 'time_unclear'
        WHEN f.length IS NULL                                            THEN 'end_unclear'
        WHEN f.time_zone IS NULL                                         THEN 'no_time_zone'
        WHEN NOT f.time_zone = ANY (zones)                               THEN 'time_zone_unknown'
        WHEN feed_point(f.lat, f.lon) = ''                               THEN 'coordinates_unclear'
    END
$$;

-- Where a row is, in the form that all formats share. Nothing if nobody knows the country.
CREATE FUNCTION feed_place(f feed_row, country text) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    a record;
BEGIN
    SELECT * INTO a FROM address_parts(f.formatted);
    a.country := coalesce(country_of(f.country), a.country, CASE WHEN f.country ~ '^[A-Z]{2}$' THEN f.country END, country);
    a.street := coalesce(f.street, a.street);
    a.town := coalesce(f.town, a.town);
    a.postcode := coalesce(f.postcode, a.postcode);
    IF a.country IS NULL THEN
        RETURN '{}';
    END IF;
    RETURN jsonb_build_object(
        'country', a.country,
        'postcode', CASE WHEN a.postcode ~ '^[A-Za-z0-9][A-Za-z0-9 -]{1,11}$' THEN a.postcode END,
        'town', cut_text(a.town, 100),
        'street', cut_text(a.street, 200),
        'point', feed_point(f.lat, f.lon),
        'precision', CASE WHEN feed_point(f.lat, f.lon) IS NULL THEN NULL
                          WHEN f.approximate OR a.street IS NULL THEN 'town' ELSE 'street' END);
END
$$;

-- How one gets in from afar.
CREATE FUNCTION feed_online(f feed_row, settings jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'join_url', CASE WHEN f.join_url ~* '^https?://[^\s"<>\\^`{|}]+$' AND length(f.join_url) <= 500 THEN f.join_url END,
        'dial_in', substring(f.dial_in FROM '^(\+?[0-9][0-9 ()/.-]{2,38})'),
        'disclosure', coalesce(settings ->> 'online', 'accepted')))
$$;

-- A row in the form that all formats share, and what one should know of it.
CREATE FUNCTION feed_record(f feed_row, format text, settings jsonb, OUT record jsonb, OUT reasons text[])
LANGUAGE plpgsql STABLE AS $$
DECLARE
    place      jsonb := feed_place(f, settings ->> 'country');
    codes      jsonb := (SELECT jsonb_object_agg(member, values)
                         FROM (SELECT c.member, jsonb_agg(DISTINCT c.value ORDER BY c.value) AS values
                               FROM import_codes c
                               WHERE c.format = feed_record.format AND c.code = ANY (f.codes)
                               GROUP BY c.member) AS known);
    attendance text;
    online     jsonb := feed_online(f, settings);
    notes      text := discreet(f.notes);
    directions text := discreet(f.directions);
    duration   text := nullif(f.length, '');
    meets      boolean;
    placed     boolean;
BEGIN
    attendance := feed_attendance(f, ARRAY(SELECT jsonb_array_elements_text(codes -> 'attendance')), place ? 'street' AND place ->> 'street' IS NOT NULL);
    meets := cardinality(f.days) > 0 AND f.at_time IS NOT NULL AND attendance <> 'inactive';
    placed := attendance IN ('in_person', 'hybrid') AND place ->> 'country' IS NOT NULL AND NOT coalesce(f.approximate, false)
              AND coalesce(place ->> 'street', f.location) IS NOT NULL;
    record := jsonb_strip_nulls(jsonb_build_object(
        'name', cut_text(f.name, 120), 'notes', notes,
        'group', cut_text(f.group_name, 200), 'group_notes', discreet(f.group_notes),
        'days', CASE WHEN meets THEN to_jsonb(f.days) END,
        'time', CASE WHEN meets THEN to_char(f.starts, 'HH24:MI') END,
        'duration', CASE WHEN meets THEN coalesce(duration, settings ->> 'duration', 'PT1H') END,
        'time_zone', CASE WHEN meets THEN f.time_zone END,
        'format', CASE attendance WHEN 'inactive' THEN 'in_person' ELSE attendance END,
        'status', CASE attendance WHEN 'inactive' THEN 'paused' ELSE 'active' END,
        'online', CASE WHEN attendance IN ('online', 'phone', 'hybrid') THEN online END,
        'website', CASE WHEN f.website ~* '^https?://[^\s"<>\\^`{|}]+$' AND length(f.website) <= 500 THEN f.website END,
        'languages', codes -> 'language', 'accessibility', codes -> 'accessibility',
        'location', CASE WHEN placed THEN cut_text(f.location, 200) END,
        'directions', CASE WHEN placed THEN cut_text(directions, 1000) END,
        'placed', placed,
        'codes', CASE WHEN f.codes <> '{}' THEN to_jsonb(f.codes) END) || place);
    reasons := array_remove(ARRAY[
        CASE WHEN attendance = 'inactive' THEN 'inactive' WHEN NOT meets THEN 'by_appointment' END,
        CASE WHEN meets AND duration IS NULL THEN 'duration_assumed' END,
        CASE WHEN length(f.name) > 120 OR length(notes) > 5000 OR length(f.location) > 200 OR length(directions) > 1000
             THEN 'cut' END,
        CASE WHEN (notes, directions, discreet(f.group_notes)) IS DISTINCT FROM (f.notes, f.directions, f.group_notes)
             THEN 'withheld' END,
        CASE WHEN (f.join_url IS NOT NULL AND NOT online ? 'join_url') OR (f.dial_in IS NOT NULL AND NOT online ? 'dial_in')
             THEN 'link_unclear' END,
        CASE WHEN place = '{}' AND coalesce(f.formatted, f.street, f.town) IS NOT NULL THEN 'place_unclear' END], NULL);
END
$$;

-- The rows that are one group: of the same name at the same place, or of the same group online.
CREATE FUNCTION record_cluster(record jsonb) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT fold(record ->> 'name') || ' | ' || fold(CASE
        WHEN record ->> 'street' IS NOT NULL AND record ->> 'precision' IS DISTINCT FROM 'town'
            THEN concat_ws(', ', record ->> 'street', record ->> 'town')
        WHEN record ->> 'format' IN ('online', 'phone') THEN coalesce(record ->> 'group', '')
        ELSE concat_ws(', ', record ->> 'location', record ->> 'town') END)
$$;

-- Under what a venue is found again: the same address in the same house.
CREATE FUNCTION record_venue(record jsonb) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN (record ->> 'placed')::boolean THEN
        fold(concat_ws(' | ', record ->> 'location', record ->> 'street', record ->> 'postcode', record ->> 'town',
                       record ->> 'country')) END
$$;

-- What is here ----------------------------------------------------------------------------------------

-- The members that a source may own, of what is here now; what follows from a postcode nobody has written.
CREATE FUNCTION group_members(g groups) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN jsonb_strip_nulls(jsonb_build_object(
        'name', g.name, 'summary', g.summary, 'description', g.description, 'language_of_text', g.language_of_text,
        'topic_ids', g.topic_ids, 'audience', g.audience, 'formats', g.formats, 'languages', g.languages,
        'accessibility', g.accessibility, 'country', g.country, 'postcode', g.postcode,
        'town', CASE WHEN NOT g.town_follows THEN g.town END,
        'point', CASE WHEN NOT g.point_follows THEN feed_point(ST_Y(g.point::geometry)::text, ST_X(g.point::geometry)::text) END,
        'precision', CASE WHEN NOT g.point_follows THEN g.precision END, 'website', g.website, 'status', g.status));
END
$$;

CREATE FUNCTION venue_members(v venues) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN jsonb_strip_nulls(jsonb_build_object(
        'name', v.name, 'country', v.country, 'postcode', v.postcode,
        'town', CASE WHEN NOT v.town_follows THEN v.town END, 'street', v.street,
        'point', CASE WHEN NOT v.point_follows THEN feed_point(ST_Y(v.point::geometry)::text, ST_X(v.point::geometry)::text) END,
        'accessibility', v.accessibility, 'directions', v.directions));
END
$$;

CREATE FUNCTION schedule_members(s schedules) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'rules', s.rules, 'starts_at_local', local_text(s.starts_at_local), 'time_zone', s.time_zone,
        'duration', duration_text(s.duration), 'format', s.format, 'online', s.online, 'note', s.note,
        'venue_id', s.venue_id)
$$;

-- A series as a source speaks of it: without its first day, and with the source's own key of the venue.
CREATE FUNCTION schedule_series(s schedules, venue text) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN jsonb_strip_nulls(jsonb_build_object(
        'rules', s.rules, 'time', to_char(s.starts_at_local, 'HH24:MI'), 'time_zone', s.time_zone,
        'duration', duration_text(s.duration), 'format', s.format, 'online', s.online, 'note', s.note,
        'venue', coalesce(venue, s.venue_id::text)));
END
$$;

-- Members that the source wants otherwise than last time, where nobody changed them here; null takes one away.
CREATE FUNCTION members_to_write(base jsonb, wanted jsonb, present jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF wanted = base THEN
        RETURN '{}';
    END IF;
    RETURN (SELECT coalesce(jsonb_object_agg(key, wanted -> key), '{}')
            FROM jsonb_object_keys(base || wanted) AS key
            WHERE wanted -> key IS DISTINCT FROM base -> key AND present -> key IS NOT DISTINCT FROM base -> key);
END
$$;

-- Members that somebody changed here, and that the source wants otherwise.
CREATE FUNCTION members_kept(base jsonb, wanted jsonb, present jsonb) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF present = base THEN
        RETURN '{}';
    END IF;
    RETURN ARRAY(SELECT key
                 FROM jsonb_object_keys(base || wanted) AS key
                 WHERE present -> key IS DISTINCT FROM base -> key AND present -> key IS DISTINCT FROM wanted -> key
                 ORDER BY key);
END
$$;

-- Members in which two records differ.
CREATE FUNCTION members_changed(base jsonb, wanted jsonb) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF wanted = base THEN
        RETURN '{}';
    END IF;
    RETURN ARRAY(SELECT key
                 FROM jsonb_object_keys(base || wanted) AS key
                 WHERE wanted -> key IS DISTINCT FROM base -> key AND key NOT IN ('codes', 'placed')
                 ORDER BY key);
END
$$;

-- Checking --------------------------------------------------------------------------------------------

CREATE FUNCTION feed_row_of(format text, r jsonb, settings jsonb) RETURNS feed_row
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    f feed_row := CASE format WHEN 'bmlt' THEN feed_row_bmlt(r) ELSE feed_row_meeting_guide(r) END;
BEGIN
    f.time_zone := coalesce(f.time_zone, settings ->> 'time_zone');
    f.starts := feed_time(f.at_time);
    f.ends := feed_time(f.end_time);
    f.length := feed_duration(f);
    RETURN f;
END
$$;

-- Adds a source, or brings its settings up to date; what is not named stays.
CREATE FUNCTION source_write(owner uuid, source_key text, source_format text, new_settings jsonb, at timestamptz, who jsonb)
RETURNS uuid
LANGUAGE sql AS $$
    INSERT INTO sources AS s (id, key, organisation_id, format, settings, created_at, updated_at, writer)
    VALUES (uuid_v7(at), source_key, owner, source_format, new_settings, at, at, who)
    ON CONFLICT (organisation_id, key) DO UPDATE
    SET format = EXCLUDED.format, settings = s.settings || EXCLUDED.settings, updated_at = at, writer = who
    RETURNING id
$$;

-- Reads the rows of a feed, each for itself.
CREATE FUNCTION import_read(of uuid, src sources, rows jsonb, at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    zones text[] := ARRAY(
        SELECT zone
        FROM (SELECT DISTINCT feed_line(e -> CASE src.format WHEN 'bmlt' THEN 'time_zone' ELSE 'timezone' END) AS zone
              FROM jsonb_array_elements(rows) AS e
              UNION
              SELECT src.settings ->> 'time_zone') AS named
        WHERE zone_is_known(zone, at));
BEGIN
    INSERT INTO import_rows (import_id, number, position, key, action, reasons, record)
    SELECT of, n::integer, (n - 1)::integer, left((f).key, 200),
           CASE WHEN refusal IS NULL THEN 'added' ELSE 'refused' END,
           CASE WHEN refusal IS NULL THEN made.reasons ELSE ARRAY[refusal] END,
           CASE WHEN refusal IS NULL THEN made.record END
    FROM (SELECT n, e, feed_row_of(src.format, e, src.settings) AS f
          FROM jsonb_array_elements(rows) WITH ORDINALITY AS r (e, n)
          OFFSET 0) AS read
    CROSS JOIN LATERAL (SELECT CASE WHEN jsonb_typeof(e) <> 'object' THEN 'not_an_object'
                                    ELSE feed_refusal(f, zones) END AS refusal
                        OFFSET 0) AS verdict
    LEFT JOIN LATERAL feed_record(f, src.format, src.settings) AS made ON refusal IS NULL;
END
$$;

-- Rows with the same key are one if only their days differ; else the first counts.
CREATE FUNCTION import_fold(of uuid) RETURNS void
LANGUAGE plpgsql SET enable_nestloop = off SET jit = off AS $$
BEGIN
    WITH leader AS (
        SELECT DISTINCT ON (key) key, number, record
        FROM import_rows
        WHERE import_id = of AND action <> 'refused'
        ORDER BY key, number
    ), follower AS (
        SELECT r.number, l.number AS into_number, r.record - 'days' = l.record - 'days' AND l.record ? 'days' AS is_same
        FROM import_rows r JOIN leader l ON l.key = r.key AND l.number < r.number
        WHERE r.import_id = of AND r.action <> 'refused'
    )
    UPDATE import_rows r
    SET folded_into = CASE WHEN f.is_same THEN f.into_number END,
        action = CASE WHEN f.is_same THEN 'added' ELSE 'refused' END,
        reasons = CASE WHEN f.is_same THEN ARRAY['folded'] ELSE ARRAY['duplicate_key'] END,
        record = CASE WHEN f.is_same THEN r.record END
    FROM follower f
    WHERE r.import_id = of AND r.number = f.number;

    WITH days AS (
        SELECT coalesce(folded_into, number) AS number, d.day
        FROM import_rows, jsonb_array_elements_text(record -> 'days') AS d (day)
        WHERE import_id = of AND action <> 'refused'
          AND coalesce(folded_into, number) IN (SELECT folded_into FROM import_rows WHERE import_id = of)
    ), joined AS (
        SELECT number, jsonb_agg(w.day ORDER BY w.n) AS days
        FROM (SELECT DISTINCT number, day FROM days) AS d
        JOIN unnest('{MO,TU,WE,TH,FR,SA,SU}'::text[]) WITH ORDINALITY AS w (day, n) ON w.day = d.day
        GROUP BY number
    )
    UPDATE import_rows r
    SET record = r.record || jsonb_build_object('days', joined.days)
    FROM joined
    WHERE r.import_id = of AND r.number = joined.number;

    UPDATE import_rows r
    SET cluster = record_cluster(record),
        offer = coalesce(pattern_offer(record ->> 'name', 'name', days.list), pattern_offer(record ->> 'notes', 'notes', days.list),
                         pattern_offer(record ->> 'group_notes', 'notes', days.list))
    FROM (SELECT x.number, ARRAY(SELECT jsonb_array_elements_text(x.record -> 'days')) AS list
          FROM import_rows x WHERE x.import_id = of) AS days
    WHERE r.import_id = of AND r.number = days.number AND r.action <> 'refused' AND r.folded_into IS NULL;
END
$$;

-- The groups and venues that the rows make together.
CREATE FUNCTION import_want(of uuid, src sources) RETURNS void
LANGUAGE plpgsql SET enable_nestloop = off SET jit = off AS $$
BEGIN
    DELETE FROM import_groups WHERE import_id = of;
    DELETE FROM import_venues WHERE import_id = of;
    INSERT INTO import_groups (import_id, cluster, wanted)
    SELECT of, c.cluster, jsonb_strip_nulls(jsonb_build_object(
        'name', c.first ->> 'name',
        'summary', CASE WHEN length(c.words) <= 300 THEN c.words END,
        'description', CASE WHEN length(c.words) > 300 THEN cut_text(c.words, 5000) END,
        'language_of_text', coalesce(src.settings ->> 'language', 'de'),
        'topic_ids', src.settings -> 'topic_ids',
        'audience', coalesce(src.settings -> 'audience', '["affected"]'),
        'formats', c.formats,
        'languages', coalesce((SELECT jsonb_agg(DISTINCT l) FROM jsonb_path_query(c.languages, '$[*][*]') AS l),
                              jsonb_build_array(coalesce(src.settings ->> 'language', 'de'))),
        'accessibility', coalesce((SELECT jsonb_agg(DISTINCT a) FROM jsonb_path_query(c.accessibility, '$[*][*]') AS a), '[]'),
        'country', c.place -> 'country', 'postcode', c.place -> 'postcode', 'town', c.place -> 'town',
        'point', c.place -> 'point', 'precision', c.place -> 'precision',
        'website', c.website, 'status', CASE WHEN c.is_active THEN 'active' ELSE 'paused' END))
    FROM (SELECT
              r.cluster,
              (array_agg(r.record ORDER BY r.key))[1] AS first,
              (array_agg(r.record ORDER BY r.key) FILTER (WHERE r.record ? 'country'))[1] AS place,
              concat_ws(E'\n\n', min(r.record ->> 'group_notes'),
                        CASE WHEN count(DISTINCT coalesce(r.record ->> 'notes', '')) = 1 THEN min(r.record ->> 'notes') END) AS words,
              jsonb_agg(DISTINCT r.record -> 'format') AS formats,
              jsonb_agg(r.record -> 'languages') FILTER (WHERE r.record ? 'languages') AS languages,
              jsonb_agg(r.record -> 'accessibility') FILTER (WHERE r.record ? 'accessibility') AS accessibility,
              min(r.record ->> 'website') AS website,
              bool_or(r.record ->> 'status' = 'active') AS is_active
          FROM import_rows r
          WHERE r.import_id = of AND r.cluster IS NOT NULL
          GROUP BY r.cluster) AS c;
    UPDATE import_groups SET wanted = wanted - 'summary' WHERE import_id = of AND wanted ->> 'summary' = '';

    INSERT INTO import_venues (import_id, key, wanted)
    SELECT DISTINCT ON (record_venue(r.record)) of, record_venue(r.record), jsonb_strip_nulls(jsonb_build_object(
        'name', coalesce(r.record -> 'location', r.record -> 'street'), 'country', r.record -> 'country',
        'postcode', r.record -> 'postcode', 'town', r.record -> 'town', 'street', r.record -> 'street',
        'point', r.record -> 'point', 'accessibility', coalesce(r.record -> 'accessibility', '[]'),
        'directions', r.record -> 'directions'))
    FROM import_rows r
    WHERE r.import_id = of AND r.cluster IS NOT NULL AND record_venue(r.record) IS NOT NULL
    ORDER BY record_venue(r.record), jsonb_array_length(coalesce(r.record -> 'accessibility', '[]')) DESC, r.key;

    UPDATE import_rows r
    SET series = CASE WHEN r.record ? 'days' THEN jsonb_strip_nulls(jsonb_build_object(
        'rules', CASE
            WHEN (r.offer ->> 'certain')::boolean AND (run.patterns = 'take' OR coalesce(k.takes_pattern, false)) THEN r.offer -> 'rules'
            ELSE jsonb_build_array('FREQ=WEEKLY;BYDAY=' || (SELECT string_agg(d, ',') FROM jsonb_array_elements_text(r.record -> 'days') AS d)) END,
        'time', r.record -> 'time', 'time_zone', r.record -> 'time_zone', 'duration', r.record -> 'duration',
        'format', r.record -> 'format', 'online', r.record -> 'online',
        'note', CASE WHEN strpos(coalesce(g.wanted ->> 'summary', g.wanted ->> 'description', ''), left(r.record ->> 'notes', 4000)) = 0
                     THEN cut_text(r.record ->> 'notes', 1000) END,
        'venue', record_venue(r.record))) END
    FROM import_rows x
    JOIN imports run ON run.id = of
    JOIN import_groups g ON g.import_id = of AND g.cluster = x.cluster
    LEFT JOIN source_records k ON k.source_id = src.id AND k.key = x.known_as
    WHERE r.import_id = of AND x.import_id = of AND x.number = r.number;
END
$$;

-- What is known of the rows from last time: by their keys; and where a source has numbered its rows anew, by group,
-- day and time.
CREATE FUNCTION import_match(of uuid, src sources) RETURNS void
LANGUAGE plpgsql SET enable_nestloop = off SET jit = off AS $$
BEGIN
    WITH vote AS (
        SELECT r.cluster, k.group_id, count(*) AS votes
        FROM import_rows r JOIN source_records k ON k.source_id = src.id AND k.key = r.known_as
        WHERE r.import_id = of AND r.cluster IS NOT NULL
        GROUP BY r.cluster, k.group_id
    ), best AS (
        SELECT DISTINCT ON (cluster) * FROM vote ORDER BY cluster, votes DESC, group_id
    ), claim AS (
        SELECT DISTINCT ON (group_id) * FROM best ORDER BY group_id, votes DESC, cluster
    )
    UPDATE import_groups i SET group_id = claim.group_id FROM claim WHERE i.import_id = of AND i.cluster = claim.cluster;

    WITH known AS (
        SELECT DISTINCT ON (cluster) cluster, group_id FROM source_groups WHERE source_id = src.id ORDER BY cluster, group_id
    )
    UPDATE import_groups i
    SET group_id = known.group_id
    FROM known
    WHERE i.import_id = of AND i.group_id IS NULL AND i.cluster = known.cluster
      AND NOT EXISTS (SELECT FROM import_groups o WHERE o.import_id = of AND o.group_id = known.group_id);

    UPDATE import_venues i
    SET venue_id = v.id
    FROM source_venues s JOIN venues v ON v.id = s.venue_id AND v.deleted_at IS NULL
    WHERE i.import_id = of AND s.source_id = src.id AND s.key = i.key;
END
$$;

CREATE FUNCTION import_match_renumbered(of uuid, src sources) RETURNS void
LANGUAGE plpgsql SET enable_nestloop = off SET jit = off AS $$
BEGIN
    WITH fresh AS (
        SELECT r.number, i.group_id, r.record -> 'days' AS days, r.record -> 'time' AS at_time,
               row_number() OVER (PARTITION BY i.group_id, r.record -> 'days', r.record -> 'time' ORDER BY r.number) AS turn
        FROM import_rows r JOIN import_groups i ON i.import_id = of AND i.cluster = r.cluster
        WHERE r.import_id = of AND r.known_as IS NULL AND i.group_id IS NOT NULL
    ), lost AS (
        SELECT k.key, k.group_id, k.imported -> 'days' AS days, k.imported -> 'time' AS at_time,
               row_number() OVER (PARTITION BY k.group_id, k.imported -> 'days', k.imported -> 'time' ORDER BY k.key) AS turn
        FROM source_records k
        WHERE k.source_id = src.id AND NOT EXISTS (SELECT FROM import_rows r WHERE r.import_id = of AND r.key = k.key)
    )
    UPDATE import_rows r
    SET known_as = lost.key, reasons = r.reasons || '{renumbered}'::text[]
    FROM fresh JOIN lost ON lost.group_id = fresh.group_id AND lost.turn = fresh.turn
                        AND lost.days IS NOT DISTINCT FROM fresh.days AND lost.at_time IS NOT DISTINCT FROM fresh.at_time
    WHERE r.import_id = of AND r.number = fresh.number;
END
$$;

-- Each row beside what was imported last and what is here now. Fresh rows have no statistics yet: what is looked up in
-- large tables is looked up by its id, and the rest is joined without loops in loops.
-- step: what happens to its series: create, update, delete, recreate (in another group), or none
CREATE FUNCTION import_facts(of uuid, src sources)
RETURNS TABLE (number integer, known boolean, deleted_here boolean, step text, record jsonb, imported jsonb, series jsonb,
               base jsonb, present jsonb, group_base jsonb, group_wanted jsonb, group_present jsonb, group_id uuid,
               schedule_id uuid)
LANGUAGE plpgsql STABLE SET enable_nestloop = off SET jit = off AS $$
BEGIN
    RETURN QUERY
    WITH beside AS MATERIALIZED (
        SELECT r.number, r.record, r.series, k.key IS NOT NULL AS known, k.imported, k.series AS base, k.schedule_id,
               k.group_id AS group_was, i.group_id AS group_now, i.wanted AS group_wanted,
               (SELECT sg.imported FROM source_groups sg WHERE sg.source_id = src.id AND sg.group_id = i.group_id) AS group_base,
               (SELECT schedule_series(s, (SELECT v.key FROM source_venues v
                                           WHERE v.source_id = src.id AND v.venue_id = s.venue_id
                                           ORDER BY v.key = k.series ->> 'venue' DESC LIMIT 1))
                FROM schedules s WHERE s.id = k.schedule_id AND s.deleted_at IS NULL) AS present,
               (SELECT g.deleted_at IS NOT NULL FROM groups g WHERE g.id = k.group_id) AS group_is_gone
        FROM import_rows r
        JOIN import_groups i ON i.import_id = of AND i.cluster = r.cluster
        LEFT JOIN source_records k ON k.source_id = src.id AND k.key = r.known_as
        WHERE r.import_id = of AND r.folded_into IS NULL
    ), its_group AS MATERIALIZED (
        SELECT i.group_id,
               (SELECT CASE WHEN g.deleted_at IS NULL THEN group_members(g) END FROM groups g WHERE g.id = i.group_id) AS members
        FROM import_groups i
        WHERE i.import_id = of AND i.group_id IS NOT NULL
    ), judged AS (
        SELECT b.*, g.members,
               coalesce(b.group_is_gone, false) OR (b.group_now IS NOT NULL AND g.members IS NULL)
               OR (b.schedule_id IS NOT NULL AND b.present IS NULL) AS is_gone,
               b.present IS DISTINCT FROM b.base AS touched,
               b.group_was IS DISTINCT FROM b.group_now AS moved
        FROM beside b
        LEFT JOIN its_group g ON g.group_id = b.group_now
    )
    SELECT j.number, j.known, j.is_gone,
           CASE WHEN j.is_gone                                        THEN 'none'
                WHEN NOT j.known OR j.schedule_id IS NULL             THEN CASE WHEN j.series IS NOT NULL THEN 'create' ELSE 'none' END
                WHEN j.series IS NULL AND NOT j.touched               THEN 'delete'
                WHEN j.series IS NULL                                 THEN 'none'
                WHEN j.moved AND NOT j.touched                        THEN 'recreate'
                ELSE                                                       'update' END,
           j.record, j.imported, j.series, j.base, j.present, j.group_base, j.group_wanted, j.members,
           CASE WHEN j.moved AND j.touched AND j.schedule_id IS NOT NULL THEN j.group_was ELSE j.group_now END, j.schedule_id
    FROM judged j;
END
$$;

-- Says of each row what would happen to it.
CREATE FUNCTION import_judge(of uuid, src sources) RETURNS void
LANGUAGE plpgsql SET enable_nestloop = off SET jit = off AS $$
BEGIN
    WITH fact AS MATERIALIZED (
        SELECT f.*,
               CASE WHEN f.known THEN members_changed(f.imported, f.record)
                    || CASE WHEN f.step = 'recreate' THEN '{group}'::text[] ELSE '{}' END
                    || CASE WHEN f.step = 'update' AND f.base -> 'rules' IS DISTINCT FROM f.series -> 'rules'
                             AND f.imported -> 'days' IS NOT DISTINCT FROM f.record -> 'days' THEN '{rules}'::text[] ELSE '{}' END
                    ELSE '{}' END AS differs,
               CASE WHEN f.deleted_here THEN '{}'
                    ELSE coalesce(members_kept(f.group_base, f.group_wanted, f.group_present), '{}')
                         || CASE WHEN f.step = 'update' THEN coalesce(members_kept(f.base, f.series, f.present), '{}')
                                 WHEN f.known AND f.step = 'none' AND f.schedule_id IS NOT NULL THEN '{series}' ELSE '{}' END
               END AS left_alone
        FROM import_facts(of, src) AS f
    )
    UPDATE import_rows r
    SET action = CASE
            WHEN f.deleted_here                        THEN 'kept'
            WHEN NOT f.known                           THEN 'added'
            WHEN EXISTS (SELECT FROM unnest(f.differs) AS d
                         WHERE NOT d = ANY (f.left_alone)
                           AND NOT (d = 'notes' AND f.left_alone && '{note,summary,description}')
                           AND NOT (d = 'days' AND 'rules' = ANY (f.left_alone))) THEN 'changed'
            WHEN f.left_alone <> '{}'                  THEN 'kept'
            ELSE                                            'unchanged' END,
        changed = f.differs,
        kept = ARRAY(SELECT DISTINCT k FROM unnest(f.left_alone) AS k ORDER BY k),
        reasons = CASE WHEN f.deleted_here THEN r.reasons || '{deleted_here}'::text[] ELSE r.reasons END,
        group_id = f.group_id, schedule_id = f.schedule_id
    FROM fact f
    WHERE r.import_id = of AND r.number = f.number;

    UPDATE import_rows r
    SET action = l.action, group_id = l.group_id, schedule_id = l.schedule_id
    FROM import_rows l
    WHERE r.import_id = of AND l.import_id = of AND r.folded_into = l.number;
END
$$;

-- Adds what is no longer in the feed.
CREATE FUNCTION import_miss(of uuid, src sources) RETURNS void
LANGUAGE plpgsql SET enable_nestloop = off SET jit = off AS $$
BEGIN
    INSERT INTO import_rows (import_id, number, key, known_as, action, reasons, kept, record, group_id, schedule_id)
    SELECT of,
           (SELECT coalesce(max(number), 0) FROM import_rows WHERE import_id = of) + row_number() OVER (ORDER BY m.key),
           m.key, m.key,
           CASE WHEN m.present <> m.base THEN 'kept' ELSE 'gone' END,
           CASE WHEN m.present <> m.base THEN '{gone_changed_here}'::text[] ELSE '{}' END,
           CASE WHEN m.present <> m.base THEN members_kept(m.base, '{}', m.present) ELSE '{}' END,
           m.imported, m.group_id, m.schedule_id
    FROM (SELECT k.key, k.imported, k.group_id, k.schedule_id, coalesce(k.series, '{}') AS base,
                 (SELECT schedule_series(s, (SELECT v.key FROM source_venues v
                                             WHERE v.source_id = src.id AND v.venue_id = s.venue_id
                                             ORDER BY v.key = k.series ->> 'venue' DESC LIMIT 1))
                  FROM schedules s WHERE s.id = k.schedule_id AND s.deleted_at IS NULL) AS present
          FROM source_records k
          WHERE k.source_id = src.id
            AND k.key NOT IN (SELECT unnest(ARRAY[coalesce(r.key, ''), coalesce(r.known_as, '')])
                              FROM import_rows r WHERE r.import_id = of AND r.position IS NOT NULL)) AS m;
END
$$;

-- Counts what was found.
CREATE FUNCTION import_summary(of uuid, src sources) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'rows', count(*) FILTER (WHERE r.position IS NOT NULL),
        'added', count(*) FILTER (WHERE r.action = 'added'),
        'changed', count(*) FILTER (WHERE r.action = 'changed'),
        'unchanged', count(*) FILTER (WHERE r.action = 'unchanged'),
        'gone', count(*) FILTER (WHERE r.action = 'gone'),
        'refused', count(*) FILTER (WHERE r.action = 'refused'),
        'kept', count(*) FILTER (WHERE r.action = 'kept'),
        'groups', (SELECT count(*) FROM import_groups g WHERE g.import_id = of),
        'venues', (SELECT count(*) FROM import_venues v WHERE v.import_id = of),
        'patterns', jsonb_build_object(
            'certain', count(*) FILTER (WHERE (r.offer ->> 'certain')::boolean),
            'uncertain', count(*) FILTER (WHERE NOT (r.offer ->> 'certain')::boolean)),
        'needs_accept_gone',
            count(*) FILTER (WHERE r.position IS NULL) * 2 > (SELECT count(*) FROM source_records k WHERE k.source_id = src.id),
        'reasons', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                               'code', n.code, 'refuses', n.refuses, 'rows', c.rows, 'sentence', n.sentence)
                               ORDER BY n.refuses DESC, c.rows DESC, n.code), '[]')
                    FROM (SELECT reason, count(*) AS rows
                          FROM import_rows x, unnest(x.reasons) AS reason
                          WHERE x.import_id = of
                          GROUP BY reason) AS c
                    JOIN import_reasons n ON n.code = c.reason))
    FROM import_rows r
    WHERE r.import_id = of
$$;

-- Compares the rows of a run with what is known and what is here; again when it is applied.
CREATE FUNCTION import_plan(of uuid, src sources) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM import_rows WHERE import_id = of AND position IS NULL;
    UPDATE import_rows r
    SET known_as = (SELECT k.key FROM source_records k WHERE k.source_id = src.id AND k.key = r.key),
        reasons = array_remove(array_remove(r.reasons, 'renumbered'), 'deleted_here')
    WHERE r.import_id = of AND r.cluster IS NOT NULL;
    PERFORM import_want(of, src);
    PERFORM import_match(of, src);
    PERFORM import_match_renumbered(of, src);
    PERFORM import_judge(of, src);
    PERFORM import_miss(of, src);
    UPDATE imports SET summary = import_summary(of, src) WHERE id = of;
END
$$;

-- Reads a feed and says what would happen; nothing is written to the directory.
CREATE FUNCTION import_check(from_source uuid, feed jsonb, at timestamptz, who jsonb) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
    src    sources;
    run_id uuid := uuid_v7(at);
BEGIN
    SELECT * INTO src FROM sources WHERE id = from_source FOR UPDATE;
    INSERT INTO imports (id, source_id, state, created_at, writer) VALUES (run_id, src.id, 'checked', at, who);
    PERFORM import_read(run_id, src, feed_rows(feed), at);
    PERFORM import_fold(run_id);
    PERFORM import_plan(run_id, src);
    RETURN run_id;
END
$$;

-- Applying --------------------------------------------------------------------------------------------

-- Writes some members of some venues: {id: members}.
CREATE FUNCTION venues_amend(amendments jsonb, at timestamptz, who jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE venues t
    SET (name, country, region, postcode, town, street, point, accessibility, directions)
        = (SELECT n.name, n.country, n.region, n.postcode, n.town, n.street, n.point, n.accessibility, n.directions
           FROM jsonb_populate_record(t,
               CASE WHEN t.point_follows THEN '{"point": null}'::jsonb ELSE '{}' END
               || CASE WHEN t.town_follows THEN '{"town": null}'::jsonb ELSE '{}' END
               || CASE WHEN t.region_follows THEN '{"region": null}'::jsonb ELSE '{}' END || a.members) AS n),
        updated_at = at, writer = who
    FROM jsonb_each(amendments) AS a (id, members)
    WHERE t.id = a.id::uuid;
END
$$;

CREATE FUNCTION groups_amend(amendments jsonb, at timestamptz, who jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE groups t
    SET (name, summary, description, language_of_text, topic_ids, audience, formats, languages, accessibility, country,
         postcode, town, point, precision, website, status)
        = (SELECT n.name, n.summary, n.description, n.language_of_text, n.topic_ids, n.audience, n.formats, n.languages,
                  n.accessibility, n.country, n.postcode, n.town, n.point, n.precision, n.website, n.status
           FROM jsonb_populate_record(t, a.members) AS n),
        verified_at = at, updated_at = at, writer = who
    FROM jsonb_each(amendments) AS a (id, members)
    WHERE t.id = a.id::uuid;
END
$$;

-- Series that change are planned and described anew; dates that no rule makes any more go at once.
CREATE FUNCTION schedules_amend(amendments jsonb, at timestamptz, who jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE meetings m
    SET deleted_at = at, updated_at = at, revision = m.revision + 1
    FROM jsonb_each(amendments) AS a (id, members)
    WHERE m.schedule_id = a.id::uuid AND m.deleted_at IS NULL AND m.starts_at > at AND a.members ? 'rules';
    UPDATE schedules t
    SET (rules, starts_at_local, time_zone, duration, format, online, note, venue_id)
        = (SELECT n.rules, n.starts_at_local, n.time_zone, n.duration, n.format, n.online, n.note, n.venue_id
           FROM jsonb_populate_record(t, a.members) AS n),
        planned_until = '-infinity', repeats = CASE WHEN a.members ? 'rules' THEN NULL ELSE t.repeats END, sentence = NULL,
        updated_at = at, writer = who
    FROM jsonb_each(amendments) AS a (id, members)
    WHERE t.id = a.id::uuid;
END
$$;

-- The members of a document that others name.
CREATE FUNCTION members_of(document jsonb, others jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(jsonb_object_agg(key, document -> key), '{}') FROM jsonb_object_keys(others) AS key
$$;

CREATE FUNCTION import_write_venues(of uuid, src sources, at timestamptz, who jsonb) RETURNS void
LANGUAGE plpgsql SET enable_nestloop = off SET jit = off AS $$
DECLARE
    amendments jsonb;
BEGIN
    UPDATE import_venues SET venue_id = uuid_v7(at), is_new = true WHERE import_id = of AND venue_id IS NULL;
    WITH made AS (
        INSERT INTO venues AS t
        SELECT v.*
        FROM import_venues i,
             LATERAL jsonb_populate_record(NULL::venues, '{"setting": "other", "disclosure": "public"}' || i.wanted
                 || jsonb_build_object('id', i.venue_id, 'organisation_id', src.organisation_id, 'revision', 1,
                                       'created_at', at, 'updated_at', at, 'writer', who)) AS v
        WHERE i.import_id = of AND i.is_new
        RETURNING t AS v
    )
    INSERT INTO import_effects (import_id, resource, resource_id, action, after)
    SELECT of, 'venue', (v).id, 'created', venue_body(v)::jsonb FROM made;

    WITH amended AS (
        SELECT n.id, members_to_write(s.imported, i.wanted, n.members) AS members, n.members AS was
        FROM import_venues i
        JOIN source_venues s ON s.source_id = src.id AND s.key = i.key AND s.venue_id = i.venue_id
        CROSS JOIN LATERAL (SELECT v.id, venue_members(v) AS members FROM venues v WHERE v.id = i.venue_id OFFSET 0) AS n
        WHERE i.import_id = of AND i.wanted <> s.imported
    ), noted AS (
        INSERT INTO import_effects (import_id, resource, resource_id, action, before, after)
        SELECT of, 'venue', id, 'updated', members_of(was, members), members FROM amended WHERE members <> '{}'
    )
    SELECT jsonb_object_agg(id, members) FILTER (WHERE members <> '{}') INTO amendments FROM amended;
    PERFORM venues_amend(coalesce(amendments, '{}'), at, who);
    INSERT INTO source_venues (source_id, key, venue_id, imported)
    SELECT src.id, i.key, i.venue_id, i.wanted FROM import_venues i WHERE i.import_id = of
    ON CONFLICT (source_id, key) DO UPDATE SET venue_id = EXCLUDED.venue_id, imported = EXCLUDED.imported;
END
$$;

-- Slugs are made here for all new groups at once: one lock for each would be too many for a large feed.
-- So imports wait for one another; a group that somebody else adds under the same name meanwhile ends the import.
CREATE FUNCTION import_write_groups(of uuid, src sources, at timestamptz, who jsonb) RETURNS void
LANGUAGE plpgsql SET enable_nestloop = off SET jit = off AS $$
DECLARE
    amendments jsonb;
BEGIN
    UPDATE import_groups SET group_id = uuid_v7(at), is_new = true WHERE import_id = of AND group_id IS NULL;
    PERFORM pg_advisory_xact_lock(hashtext('slugs of imports'));
    WITH fresh AS (
        SELECT i.*, slug_of(CASE WHEN strpos(lower(wanted ->> 'name'), lower(coalesce(wanted ->> 'town', ''))) > 0 THEN wanted ->> 'name'
                                 ELSE concat_ws(' ', wanted ->> 'name', wanted ->> 'town') END) AS slug
        FROM import_groups i
        WHERE i.import_id = of AND i.is_new
    ), named AS (
        SELECT f.*,
               f.slug = '' OR row_number() OVER (PARTITION BY f.slug ORDER BY f.cluster) > 1
               OR EXISTS (SELECT FROM groups g WHERE g.slug = f.slug AND g.deleted_at IS NULL) AS is_taken
        FROM fresh f
    ), made AS (
        INSERT INTO groups AS t
        SELECT g.*
        FROM named i,
             LATERAL group_of(i.wanted || jsonb_build_object(
                 'id', i.group_id, 'organisation_id', src.organisation_id, 'leadership', 'peer_led', 'joining', 'drop_in',
                 'slug', CASE WHEN i.is_taken THEN ltrim(rtrim(left(i.slug, 71), '-') || '-' || right(i.group_id::text, 8), '-')
                              ELSE i.slug END,
                 'country', i.wanted -> 'country', 'postcode', i.wanted -> 'postcode', 'town', i.wanted -> 'town',
                 'precision', i.wanted -> 'precision',
                 'revision', 1, 'verified_at', at, 'created_at', at, 'updated_at', at, 'writer', who)) AS g
        RETURNING t AS g
    )
    INSERT INTO import_effects (import_id, resource, resource_id, action, after)
    SELECT of, 'group', (g).id, 'created', group_body(g)::jsonb FROM made;

    WITH amended AS (
        SELECT n.id, members_to_write(s.imported, i.wanted, n.members) AS members, n.members AS was
        FROM import_groups i
        JOIN source_groups s ON s.source_id = src.id AND s.group_id = i.group_id
        CROSS JOIN LATERAL (SELECT g.id, group_members(g) AS members
                            FROM groups g WHERE g.id = i.group_id AND g.deleted_at IS NULL OFFSET 0) AS n
        WHERE i.import_id = of AND i.wanted <> s.imported
    ), noted AS (
        INSERT INTO import_effects (import_id, resource, resource_id, action, before, after)
        SELECT of, 'group', id, 'updated', members_of(was, members), members FROM amended WHERE members <> '{}'
    )
    SELECT jsonb_object_agg(id, members) FILTER (WHERE members <> '{}') INTO amendments FROM amended;
    PERFORM groups_amend(coalesce(amendments, '{}'), at, who);
    INSERT INTO source_groups (source_id, group_id, cluster, imported)
    SELECT src.id, i.group_id, i.cluster, i.wanted
    FROM import_groups i JOIN groups g ON g.id = i.group_id AND g.deleted_at IS NULL
    WHERE i.import_id = of
    ON CONFLICT (source_id, group_id) DO UPDATE SET cluster = EXCLUDED.cluster, imported = EXCLUDED.imported;
END
$$;

-- Takes series away, and notes what they were.
CREATE FUNCTION import_drop_series(of uuid, ids uuid[], at timestamptz, who jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    WITH dropped AS (
        UPDATE schedules
        SET deleted_at = at, updated_at = at, writer = who
        WHERE id = ANY (ids) AND deleted_at IS NULL
        RETURNING id
    )
    INSERT INTO import_effects (import_id, resource, resource_id, action) SELECT of, 'schedule', id, 'deleted' FROM dropped;
END
$$;

CREATE FUNCTION import_write_series(of uuid, src sources, at timestamptz, who jsonb) RETURNS void
LANGUAGE plpgsql SET enable_nestloop = off SET jit = off AS $$
DECLARE
    amendments jsonb;
    dropped    uuid[];
BEGIN
    CREATE TEMPORARY TABLE import_steps ON COMMIT DROP AS
    SELECT f.number, f.step, f.schedule_id AS was_id, f.base, f.present, f.series, v.venue_id,
           coalesce(f.group_id, i.group_id) AS group_id,
           CASE WHEN f.step IN ('create', 'recreate') THEN uuid_v7(at) WHEN f.step <> 'delete' THEN f.schedule_id END AS schedule_id
    FROM import_facts(of, src) AS f
    JOIN import_rows r ON r.import_id = of AND r.number = f.number
    JOIN import_groups i ON i.import_id = of AND i.cluster = r.cluster
    LEFT JOIN import_venues v ON v.import_id = of AND v.key = f.series ->> 'venue';

    SELECT array_agg(was_id) INTO dropped FROM import_steps WHERE step IN ('delete', 'recreate');
    PERFORM import_drop_series(of, dropped, at, who);

    WITH made AS (
        INSERT INTO schedules AS t (id, group_id, starts_at_local, time_zone, duration, rules, format, venue_id, online, note,
                                    created_at, updated_at, writer)
        SELECT x.schedule_id, x.group_id, series_start(m.rules, (x.series ->> 'time')::time, m.time_zone, at), m.time_zone,
               m.duration, m.rules, m.format, x.venue_id, m.online, m.note, at, at, who
        FROM import_steps x, LATERAL jsonb_populate_record(NULL::schedules, x.series) AS m
        WHERE x.step IN ('create', 'recreate')
        RETURNING t AS s
    )
    INSERT INTO import_effects (import_id, resource, resource_id, action, after)
    SELECT of, 'schedule', (s).id, 'created', schedule_members(s) FROM made;

    WITH member AS (
        SELECT x.*, members_to_write(x.base, x.series, x.present) AS differing
        FROM import_steps x
        WHERE x.step = 'update' AND x.base <> x.series
    ), amended AS (
        SELECT s.id, schedule_members(s) AS was,
               (e.differing - 'time' - 'venue')
               || CASE WHEN e.differing ? 'venue' THEN jsonb_build_object('venue_id', e.venue_id) ELSE '{}' END
               || CASE WHEN e.differing ?| '{rules,time,time_zone}' THEN jsonb_build_object('starts_at_local', local_text(series_start(
                      ARRAY(SELECT jsonb_array_elements_text(n.whole -> 'rules')), (n.whole ->> 'time')::time, n.whole ->> 'time_zone', at)))
                  ELSE '{}' END AS members
        FROM member e
        JOIN schedules s ON s.id = e.was_id
        CROSS JOIN LATERAL (SELECT e.present || e.differing AS whole) AS n
        WHERE e.differing <> '{}'
    ), noted AS (
        INSERT INTO import_effects (import_id, resource, resource_id, action, before, after)
        SELECT of, 'schedule', id, 'updated', members_of(was, members), members FROM amended
    )
    SELECT jsonb_object_agg(id, members) INTO amendments FROM amended;
    PERFORM schedules_amend(coalesce(amendments, '{}'), at, who);

    UPDATE import_rows r
    SET group_id = x.group_id, schedule_id = x.schedule_id
    FROM import_steps x
    WHERE r.import_id = of AND x.number = coalesce(r.folded_into, r.number);
    DROP TABLE import_steps;
END
$$;

-- Keeps in mind what the source said this time.
CREATE FUNCTION import_remember(of uuid, src sources) RETURNS void
LANGUAGE plpgsql SET enable_nestloop = off SET jit = off AS $$
BEGIN
    DELETE FROM source_records k
    USING import_rows r
    WHERE r.import_id = of AND k.source_id = src.id AND k.key = r.known_as
      AND (r.action = 'gone' OR (r.position IS NOT NULL AND r.known_as <> r.key));
    INSERT INTO source_records (source_id, key, group_id, schedule_id, imported, series, takes_pattern)
    SELECT src.id, r.key, r.group_id, r.schedule_id, r.record, r.series,
           r.series IS NOT NULL AND coalesce(r.series -> 'rules' = r.offer -> 'rules', false)
    FROM import_rows r
    WHERE r.import_id = of AND r.position IS NOT NULL AND r.action <> 'refused' AND r.folded_into IS NULL
      AND NOT 'deleted_here' = ANY (r.reasons)
    ON CONFLICT (source_id, key) DO UPDATE
    SET group_id = EXCLUDED.group_id, schedule_id = EXCLUDED.schedule_id, imported = EXCLUDED.imported,
        series = EXCLUDED.series, takes_pattern = EXCLUDED.takes_pattern;
END
$$;

-- Groups and venues of which nothing is left go, unless somebody changed them here.
CREATE FUNCTION import_clear(of uuid, src sources, at timestamptz, who jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    WITH emptied AS (
        UPDATE groups g
        SET deleted_at = at, updated_at = at, writer = who
        FROM source_groups s
        WHERE s.source_id = src.id AND g.id = s.group_id AND g.deleted_at IS NULL
          AND NOT EXISTS (SELECT FROM source_records k WHERE k.group_id = g.id)
          AND NOT EXISTS (SELECT FROM schedules x WHERE x.group_id = g.id AND x.deleted_at IS NULL)
          AND group_members(g) = s.imported
        RETURNING g.id
    ), forgotten AS (
        DELETE FROM source_groups s USING emptied e WHERE s.source_id = src.id AND s.group_id = e.id
    )
    INSERT INTO import_effects (import_id, resource, resource_id, action) SELECT of, 'group', id, 'deleted' FROM emptied;
    WITH emptied AS (
        UPDATE venues v
        SET deleted_at = at, updated_at = at, writer = who
        FROM source_venues s
        WHERE s.source_id = src.id AND v.id = s.venue_id AND v.deleted_at IS NULL
          AND NOT EXISTS (SELECT FROM schedules x WHERE x.venue_id = v.id AND x.deleted_at IS NULL)
          AND NOT EXISTS (SELECT FROM exceptions e WHERE e.venue_id = v.id)
          AND NOT EXISTS (SELECT FROM import_venues i WHERE i.import_id = of AND i.venue_id = v.id)
          AND venue_members(v) = s.imported
        RETURNING v.id
    ), forgotten AS (
        DELETE FROM source_venues s USING emptied e WHERE s.source_id = src.id AND s.venue_id = e.id
    )
    INSERT INTO import_effects (import_id, resource, resource_id, action) SELECT of, 'venue', id, 'deleted' FROM emptied;
END
$$;

-- What is known of a source, as undo brings it back.
CREATE FUNCTION source_provenance(of uuid) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'records', (SELECT coalesce(jsonb_agg(to_jsonb(k)), '[]') FROM source_records k WHERE k.source_id = of),
        'groups', (SELECT coalesce(jsonb_agg(to_jsonb(g)), '[]') FROM source_groups g WHERE g.source_id = of),
        'venues', (SELECT coalesce(jsonb_agg(to_jsonb(v)), '[]') FROM source_venues v WHERE v.source_id = of))
$$;

CREATE FUNCTION import_effect_counts(of uuid) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_object_agg(resource, counts)
    FROM (SELECT known.resource || 's' AS resource, jsonb_build_object(
              'created', count(*) FILTER (WHERE e.action = 'created'), 'updated', count(*) FILTER (WHERE e.action = 'updated'),
              'deleted', count(*) FILTER (WHERE e.action = 'deleted')) AS counts
          FROM (VALUES ('group'), ('schedule'), ('venue')) AS known (resource)
          LEFT JOIN import_effects e ON e.import_id = of AND e.resource = known.resource
          GROUP BY known.resource) AS counted
$$;

-- Does what a run found, compared anew with what is here now, if there is anything of the source. The result: NULL, or the problem.
-- options: patterns (take or leave), accept_gone
CREATE FUNCTION import_apply(of uuid, options jsonb, at timestamptz, who jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    run    imports;
    src    sources;
    author jsonb := who || jsonb_build_object('import_id', of);
BEGIN
    SELECT s.* INTO src FROM imports i JOIN sources s ON s.id = i.source_id WHERE i.id = of FOR UPDATE OF s;
    SELECT * INTO run FROM imports WHERE id = of FOR UPDATE;
    IF run.id IS NULL THEN
        RETURN 'not-found';
    ELSIF run.state <> 'checked' OR EXISTS (SELECT FROM imports i WHERE i.source_id = src.id AND i.turn > run.turn AND i.state = 'applied') THEN
        RETURN 'conflict';
    END IF;
    UPDATE imports SET patterns = coalesce(options ->> 'patterns', 'leave') WHERE id = of;
    IF options ->> 'patterns' = 'take' OR EXISTS (SELECT FROM source_groups g WHERE g.source_id = src.id) THEN
        PERFORM import_plan(of, src);
    END IF;
    SELECT * INTO run FROM imports WHERE id = of;
    IF (run.summary ->> 'needs_accept_gone')::boolean AND NOT coalesce((options ->> 'accept_gone')::boolean, false) THEN
        UPDATE imports SET patterns = 'leave' WHERE id = of;
        RETURN 'conflict';
    END IF;
    UPDATE imports SET provenance = NULL WHERE source_id = src.id AND provenance IS NOT NULL;
    UPDATE imports SET provenance = source_provenance(src.id) WHERE id = of;
    PERFORM import_write_venues(of, src, at, author);
    PERFORM import_write_groups(of, src, at, author);
    PERFORM import_write_series(of, src, at, author);
    PERFORM import_drop_series(of, ARRAY(SELECT r.schedule_id FROM import_rows r
                                         WHERE r.import_id = of AND r.action = 'gone' AND r.schedule_id IS NOT NULL), at, author);
    PERFORM import_remember(of, src);
    PERFORM import_clear(of, src, at, author);
    DELETE FROM import_groups WHERE import_id = of;
    DELETE FROM import_venues WHERE import_id = of;
    UPDATE imports
    SET state = 'applied', applied_at = at, summary = summary || jsonb_build_object('written', import_effect_counts(of))
    WHERE id = of;
    RETURN NULL;
END
$$;

-- Undoing ---------------------------------------------------------------------------------------------

-- Brings back what a run took away: venues before series, groups before series.
CREATE FUNCTION import_revive(of uuid, at timestamptz, who jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    WITH revived AS (
        UPDATE venues t SET deleted_at = NULL, updated_at = at, writer = who
        FROM import_effects e
        WHERE e.import_id = of AND e.resource = 'venue' AND e.action = 'deleted' AND t.id = e.resource_id AND t.deleted_at IS NOT NULL
        RETURNING t.id
    )
    UPDATE import_effects e SET outcome = 'undone' FROM revived
    WHERE e.import_id = of AND e.resource = 'venue' AND e.action = 'deleted' AND e.resource_id = revived.id;
    WITH revived AS (
        UPDATE groups t SET deleted_at = NULL, updated_at = at, writer = who
        FROM import_effects e
        WHERE e.import_id = of AND e.resource = 'group' AND e.action = 'deleted' AND t.id = e.resource_id AND t.deleted_at IS NOT NULL
          AND NOT EXISTS (SELECT FROM groups o WHERE o.slug = t.slug AND o.deleted_at IS NULL)
        RETURNING t.id
    )
    UPDATE import_effects e SET outcome = 'undone' FROM revived
    WHERE e.import_id = of AND e.resource = 'group' AND e.action = 'deleted' AND e.resource_id = revived.id;
    WITH revived AS (
        UPDATE schedules t SET deleted_at = NULL, planned_until = '-infinity', updated_at = at, writer = who
        FROM import_effects e, groups g
        WHERE e.import_id = of AND e.resource = 'schedule' AND e.action = 'deleted' AND t.id = e.resource_id AND t.deleted_at IS NOT NULL
          AND g.id = t.group_id AND g.deleted_at IS NULL
        RETURNING t.id
    )
    UPDATE import_effects e SET outcome = 'undone' FROM revived
    WHERE e.import_id = of AND e.resource = 'schedule' AND e.action = 'deleted' AND e.resource_id = revived.id;
END
$$;

-- Writes back what a run changed, member by member, where it is still as the run wrote it.
CREATE FUNCTION import_revert(of uuid, at timestamptz, who jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    written    text;
    amendments jsonb;
BEGIN
    FOREACH written IN ARRAY '{venue,group,schedule}'::text[] LOOP
        WITH present AS (
            SELECT e.resource_id, e.before, e.after,
                   CASE WHEN coalesce(g.deleted_at, s.deleted_at, v.deleted_at) IS NOT NULL THEN '{}'
                        WHEN written = 'group'    THEN group_members(g)
                        WHEN written = 'schedule' THEN schedule_members(s)
                        ELSE                           venue_members(v) END AS members
            FROM import_effects e
            LEFT JOIN groups g ON written = 'group' AND g.id = e.resource_id
            LEFT JOIN schedules s ON written = 'schedule' AND s.id = e.resource_id
            LEFT JOIN venues v ON written = 'venue' AND v.id = e.resource_id
            WHERE e.import_id = of AND e.resource = written AND e.action = 'updated'
        ), back AS (
            SELECT p.resource_id, coalesce(jsonb_object_agg(b.key, b.value)
                       FILTER (WHERE nullif(p.members -> b.key, 'null') IS NOT DISTINCT FROM nullif(p.after -> b.key, 'null')), '{}') AS members,
                   count(*) AS wanted
            FROM present p, jsonb_each(p.before) AS b
            WHERE p.members <> '{}'
            GROUP BY p.resource_id
        ), noted AS (
            UPDATE import_effects e
            SET outcome = CASE WHEN (SELECT count(*) FROM jsonb_object_keys(back.members)) = back.wanted THEN 'undone' ELSE 'kept' END
            FROM back
            WHERE e.import_id = of AND e.resource = written AND e.action = 'updated' AND e.resource_id = back.resource_id
        )
        SELECT jsonb_object_agg(resource_id, members) FILTER (WHERE members <> '{}') INTO amendments FROM back;
        CASE written
            WHEN 'venue' THEN PERFORM venues_amend(coalesce(amendments, '{}'), at, who);
            WHEN 'group' THEN PERFORM groups_amend(coalesce(amendments, '{}'), at, who);
            ELSE PERFORM schedules_amend(coalesce(amendments, '{}'), at, who);
        END CASE;
    END LOOP;
END
$$;

-- Takes away what a run made, if nobody changed it or added to it since.
CREATE FUNCTION import_withdraw(of uuid, at timestamptz, who jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    WITH gone AS (
        UPDATE schedules t SET deleted_at = at, updated_at = at, writer = who
        FROM import_effects e, groups g
        WHERE e.import_id = of AND e.resource = 'schedule' AND e.action = 'created' AND t.id = e.resource_id AND t.deleted_at IS NULL
          AND schedule_members(t) = e.after
          AND NOT EXISTS (SELECT FROM exceptions x WHERE x.schedule_id = t.id)
          AND g.id = t.group_id
          AND NOT EXISTS (SELECT FROM import_effects o
                          WHERE o.import_id = of AND o.resource = 'group' AND o.action = 'created' AND o.resource_id = g.id
                            AND o.after <> group_body(g)::jsonb)
        RETURNING t.id
    )
    UPDATE import_effects e SET outcome = 'undone' FROM gone
    WHERE e.import_id = of AND e.resource = 'schedule' AND e.action = 'created' AND e.resource_id = gone.id;
    WITH gone AS (
        UPDATE groups t SET deleted_at = at, updated_at = at, writer = who
        FROM import_effects e
        WHERE e.import_id = of AND e.resource = 'group' AND e.action = 'created' AND t.id = e.resource_id AND t.deleted_at IS NULL
          AND group_body(t)::jsonb = e.after
          AND NOT EXISTS (SELECT FROM schedules s WHERE s.group_id = t.id AND s.deleted_at IS NULL)
        RETURNING t.id
    )
    UPDATE import_effects e SET outcome = 'undone' FROM gone
    WHERE e.import_id = of AND e.resource = 'group' AND e.action = 'created' AND e.resource_id = gone.id;
    WITH gone AS (
        UPDATE venues t SET deleted_at = at, updated_at = at, writer = who
        FROM import_effects e
        WHERE e.import_id = of AND e.resource = 'venue' AND e.action = 'created' AND t.id = e.resource_id AND t.deleted_at IS NULL
          AND venue_body(t)::jsonb = e.after
          AND NOT EXISTS (SELECT FROM schedules s WHERE s.venue_id = t.id AND s.deleted_at IS NULL)
          AND NOT EXISTS (SELECT FROM exceptions x WHERE x.venue_id = t.id)
        RETURNING t.id
    )
    UPDATE import_effects e SET outcome = 'undone' FROM gone
    WHERE e.import_id = of AND e.resource = 'venue' AND e.action = 'created' AND e.resource_id = gone.id;
    UPDATE import_effects SET outcome = 'kept' WHERE import_id = of AND outcome IS NULL;
END
$$;

-- What the source is known to have said: as before the run, but for what the run made and somebody kept.
CREATE FUNCTION import_forget(run imports) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM source_records k WHERE k.source_id = run.source_id AND NOT EXISTS (
        SELECT FROM import_effects e WHERE e.import_id = run.id AND e.action = 'created' AND e.outcome = 'kept'
                                       AND e.resource_id IN (k.group_id, k.schedule_id));
    DELETE FROM source_groups g WHERE g.source_id = run.source_id AND NOT EXISTS (
        SELECT FROM import_effects e WHERE e.import_id = run.id AND e.action = 'created' AND e.outcome = 'kept' AND e.resource_id = g.group_id);
    DELETE FROM source_venues v WHERE v.source_id = run.source_id AND NOT EXISTS (
        SELECT FROM import_effects e WHERE e.import_id = run.id AND e.action = 'created' AND e.outcome = 'kept' AND e.resource_id = v.venue_id);
    INSERT INTO source_records SELECT * FROM jsonb_populate_recordset(NULL::source_records, run.provenance -> 'records') ON CONFLICT DO NOTHING;
    INSERT INTO source_groups SELECT * FROM jsonb_populate_recordset(NULL::source_groups, run.provenance -> 'groups') ON CONFLICT DO NOTHING;
    INSERT INTO source_venues SELECT * FROM jsonb_populate_recordset(NULL::source_venues, run.provenance -> 'venues') ON CONFLICT DO NOTHING;
END
$$;

-- Brings back what was there before a run, except what somebody changed since. Only of the last run applied.
CREATE FUNCTION import_undo(of uuid, at timestamptz, who jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    run    imports;
    author jsonb := who || jsonb_build_object('import_id', of);
BEGIN
    PERFORM FROM imports i JOIN sources s ON s.id = i.source_id WHERE i.id = of FOR UPDATE OF s;
    SELECT * INTO run FROM imports WHERE id = of FOR UPDATE;
    IF run.id IS NULL THEN
        RETURN 'not-found';
    ELSIF run.state <> 'applied' OR run.provenance IS NULL THEN
        RETURN 'conflict';
    END IF;
    PERFORM import_revive(of, at, author);
    PERFORM import_revert(of, at, author);
    PERFORM import_withdraw(of, at, author);
    PERFORM import_forget(run);
    UPDATE imports
    SET state = 'undone', undone_at = at, provenance = NULL,
        summary = summary || (SELECT jsonb_build_object('undone', jsonb_build_object(
                                  'undone', count(*) FILTER (WHERE e.outcome = 'undone'), 'kept', count(*) FILTER (WHERE e.outcome = 'kept')))
                              FROM import_effects e WHERE e.import_id = of)
    WHERE id = of;
    RETURN NULL;
END
$$;

-- What readers of the API see -------------------------------------------------------------------------

-- A run, with the first of the recurrences that were found in words.
CREATE FUNCTION import_document(of uuid) RETURNS json
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN (
        SELECT json_strip_nulls(json_build_object(
            'id', i.id, 'source', s.key, 'organisation_id', s.organisation_id, 'format', s.format, 'state', i.state,
            'summary', i.summary,
            'offers', (SELECT json_agg(json_build_object('position', o.position, 'key', o.key, 'offer', o.offer)
                               ORDER BY NOT (o.offer ->> 'certain')::boolean, o.position)
                       FROM (SELECT r.position, r.key, r.offer
                             FROM import_rows r
                             WHERE r.import_id = of AND r.offer IS NOT NULL
                             ORDER BY NOT (r.offer ->> 'certain')::boolean, r.position
                             LIMIT 100) AS o),
            'created_at', instant(i.created_at), 'applied_at', instant(i.applied_at), 'undone_at', instant(i.undone_at)))
        FROM imports i JOIN sources s ON s.id = i.source_id
        WHERE i.id = of);
END
$$;

-- What stands against a source as somebody wants it: a problem and the pointer to it.
CREATE FUNCTION source_verdict(body jsonb, owner uuid, is_admin boolean, organisations uuid[], at timestamptz,
                               OUT problem text, OUT pointer text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    settings jsonb := coalesce((SELECT s.settings FROM sources s WHERE s.organisation_id = owner AND s.key = body ->> 'source'), '{}')
                      || coalesce(body -> 'settings', '{}');
BEGIN
    pointer := CASE
        WHEN owner IS NULL OR NOT EXISTS (SELECT FROM organisations o WHERE o.id = owner AND o.deleted_at IS NULL)
            THEN '/organisation_id'
        WHEN jsonb_array_length(coalesce(settings -> 'topic_ids', '[]')) = 0
             OR EXISTS (SELECT FROM jsonb_array_elements_text(settings -> 'topic_ids') AS wanted
                        WHERE NOT EXISTS (SELECT FROM topics t WHERE t.id = wanted::uuid AND t.deleted_at IS NULL))
            THEN '/settings/topic_ids'
        WHEN NOT zone_is_known(coalesce(settings ->> 'time_zone', 'UTC'), at)
            THEN '/settings/time_zone'
        WHEN feed_rows(body -> 'feed') IS NULL
            THEN '/feed'
    END;
    problem := CASE WHEN pointer IS NOT NULL THEN 'invalid-body'
                    WHEN NOT keeps(owner, is_admin, organisations) THEN 'forbidden' END;
END
$$;

-- A NewImport: its source is added or brought up to date, its feed read and compared.
CREATE FUNCTION import_create(body jsonb, is_admin boolean, organisations uuid[], at timestamptz, who jsonb,
                              OUT problem text, OUT pointer text, OUT id uuid)
LANGUAGE plpgsql AS $$
DECLARE
    owner uuid := coalesce((body ->> 'organisation_id')::uuid, organisations[1]);
BEGIN
    SELECT v.* INTO problem, pointer FROM source_verdict(body, owner, is_admin, organisations, at) AS v;
    IF problem IS NULL THEN
        id := import_check(source_write(owner, body ->> 'source', body ->> 'format', coalesce(body -> 'settings', '{}'), at, who),
                           body -> 'feed', at, who);
    END IF;
END
$$;

-- One row of a run.
CREATE FUNCTION import_row_document(r import_rows) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN json_strip_nulls(json_build_object(
        'position', r.position, 'key', r.key, 'action', r.action,
        'reasons', (SELECT json_agg(json_build_object('code', n.code, 'sentence', n.sentence) ORDER BY w.place)
                    FROM unnest(r.reasons) WITH ORDINALITY AS w (code, place) JOIN import_reasons n ON n.code = w.code),
        'changed', nullif(r.changed, '{}'), 'kept', nullif(r.kept, '{}'), 'offer', r.offer,
        'name', r.record -> 'name', 'group_id', r.group_id, 'schedule_id', r.schedule_id));
END
$$;
