-- 0022_fhir.sql: the directory as FHIR R4 shows it: made of what is there when it is read, nothing of it is stored.

-- Search parameters ---------------------------------------------------------------------------------

-- When something must have been for all these dates of a search ("ge2026", "lt2026-11-25"): NULL stands for always.
-- A date stands for all of the year, month, day or second that it names, in UTC.
CREATE FUNCTION fhir_range(wanted text[]) RETURNS tstzrange
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    whole tstzrange := '(,)';
    one   text;
    said  text;
    first timestamptz;
    after timestamptz;
BEGIN
    FOREACH one IN ARRAY coalesce(wanted, '{}') LOOP
        said := regexp_replace(one, '^[a-z]{2}', '');
        first := CASE WHEN length(said) <= 10 THEN (said || right('0000-01-01', 10 - length(said)) || 'T00:00:00Z')::timestamptz
                      ELSE date_trunc('second', said::timestamptz) END;
        after := (first AT TIME ZONE 'UTC' + CASE length(said) WHEN 4  THEN interval '1 year'
                                                               WHEN 7  THEN interval '1 month'
                                                               WHEN 10 THEN interval '1 day'
                                                               ELSE         interval '1 second' END) AT TIME ZONE 'UTC';
        whole := whole * CASE WHEN one ~ '^ge'      THEN tstzrange(first, NULL)
                              WHEN one ~ '^(gt|sa)' THEN tstzrange(after, NULL)
                              WHEN one ~ '^le'      THEN tstzrange(NULL, after)
                              WHEN one ~ '^(lt|eb)' THEN tstzrange(NULL, first)
                              ELSE                       tstzrange(first, after) END;
    END LOOP;
    RETURN whole;
END
$$;

-- The ids in references such as "Organization/0193…"; NULL if there are none.
CREATE FUNCTION fhir_ids(wanted text) RETURNS uuid[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT array_agg(right(reference, 36)::uuid) FROM unnest(wanted::text[]) AS reference
$$;

-- The same of one type of resource, for a reference that may lead to several.
CREATE FUNCTION fhir_ids(wanted text, type text) RETURNS uuid[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(array_agg(right(reference, 36)::uuid), '{}')
    FROM unnest(wanted::text[]) AS reference
    WHERE reference LIKE type || '/%' OR reference NOT LIKE '%/%'
$$;

-- The codes in tokens such as "http://hl7.org/fhir/sid/icd-10|F41", or those without a system.
CREATE FUNCTION fhir_codes(wanted text, system text) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT array_agg(regexp_replace(token, '^.*\|', ''))
    FROM unnest(wanted::text[]) AS token
    WHERE strpos(token, '|') = 0 OR token LIKE system || '|%'
$$;

-- What finds the groups that are about the topics with these codes, or about something below them: our own slugs and ids,
-- and those of ICD-10.
CREATE FUNCTION fhir_topics(wanted text, base text) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN coalesce(fhir_codes(wanted, base || '/v1/topics'), '{}')
        || ARRAY(SELECT t.id::text FROM topics t WHERE t.icd10 && fhir_codes(wanted, 'http://hl7.org/fhir/sid/icd-10'));
END
$$;

-- Whether a name begins with these words, whatever case and accents, or with :contains has them somewhere.
CREATE FUNCTION fhir_name_fits(name text, filter jsonb) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT (filter ->> 'name' IS NULL OR starts_with(fold(name), fold(filter ->> 'name')))
       AND (filter ->> 'name:contains' IS NULL OR strpos(fold(name), fold(filter ->> 'name:contains')) > 0)
$$;

-- The point and the metres around it of near=lat|lon|distance|unit; 50 kilometres where it does not say.
CREATE FUNCTION fhir_near(near text, OUT point geography, OUT metres float8)
LANGUAGE sql IMMUTABLE AS $$
    SELECT point_of(nullif(split_part(near, '|', 1), '')::float8, nullif(split_part(near, '|', 2), '')::float8),
           coalesce(nullif(split_part(near, '|', 3), '')::float8, 50)
           * CASE split_part(near, '|', 4) WHEN 'm' THEN 1 ELSE 1000 END
$$;

-- Parts of resources ----------------------------------------------------------------------------------

CREATE FUNCTION fhir_reference(type text, id uuid) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN id IS NOT NULL THEN json_build_object('reference', type || '/' || id) END
$$;

-- A CodeableConcept of one code.
CREATE FUNCTION fhir_concept(system text, code text, display text DEFAULT NULL) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
    SELECT json_build_object('coding', json_build_array(json_build_object('system', system, 'code', code, 'display', display)))
$$;

-- A word of our own contract, whose meaning stands there under this name.
CREATE FUNCTION fhir_word(base text, vocabulary text, word text) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
    SELECT fhir_concept(base || '/v1/openapi.json#/components/schemas/' || vocabulary, word)
$$;

-- NULL where nothing is known, for FHIR has no empty arrays.
CREATE FUNCTION fhir_telecom(contact jsonb, website text) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
    SELECT json_agg(json_build_object('system', system, 'value', value))
    FROM (VALUES ('phone', contact ->> 'phone'), ('email', contact ->> 'email'), ('url', website)) AS t(system, value)
    WHERE value IS NOT NULL
$$;

-- An address out of a place as venue_place has it, or a group.
CREATE FUNCTION fhir_address(address jsonb) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
    SELECT json_build_object('line', CASE WHEN address ->> 'street' IS NOT NULL THEN json_build_array(address -> 'street') END,
                             'city', address -> 'town', 'state', address -> 'region', 'postalCode', address -> 'postcode',
                             'country', address -> 'country')
$$;

-- The members that say where a Location is, and how exactly its position says so.
CREATE FUNCTION fhir_place(base text, place jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object(
        'extension', CASE WHEN place ->> 'precision' IS NOT NULL THEN jsonb_build_array(jsonb_build_object(
            'url', base || '/v1/openapi.json#/components/schemas/Venue/properties/precision',
            'valueCode', place -> 'precision')) END,
        'address', fhir_address(place -> 'address'),
        'position', CASE WHEN place ->> 'point' IS NOT NULL THEN jsonb_build_object(
            'longitude', place #> '{point,lon}', 'latitude', place #> '{point,lat}') END)
$$;

-- What stands in a Bundle: mode is match or include.
CREATE FUNCTION fhir_entry(base text, resource json, mode text) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
    SELECT json_build_object(
        'fullUrl', base || '/fhir/R4/' || (resource ->> 'resourceType') || '/' || (resource ->> 'id'),
        'resource', resource,
        'search', json_build_object('mode', mode))
$$;

-- Resources -------------------------------------------------------------------------------------------

CREATE FUNCTION fhir_organization(o organisations, base text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN json_strip_nulls(json_build_object(
        'resourceType', 'Organization',
        'id', o.id,
        'meta', json_build_object('lastUpdated', instant(o.updated_at)),
        'active', true,
        'type', json_build_array(
            fhir_concept('http://terminology.hl7.org/CodeSystem/organization-type',
                         CASE o.kind WHEN 'insurer' THEN 'ins' WHEN 'partner' THEN 'other' ELSE 'cg' END),
            fhir_word(base, 'OrganisationKind', o.kind)),
        'name', o.name,
        'telecom', fhir_telecom(o.contact, o.website),
        'address', CASE WHEN o.contact ->> 'address' IS NOT NULL
                        THEN json_build_array(json_build_object('text', o.contact -> 'address')) END,
        'partOf', fhir_reference('Organization', o.parent_id)));
END
$$;

CREATE FUNCTION fhir_location(v venues, sees_all boolean, base text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    place CONSTANT jsonb := venue_place(v, sees_all);
BEGIN
    RETURN json_strip_nulls((jsonb_build_object(
        'resourceType', 'Location',
        'id', v.id,
        'meta', json_build_object('lastUpdated', instant(v.updated_at)),
        'status', 'active',
        'name', place -> 'name',
        'description', place -> 'directions',
        'mode', 'instance',
        'type', CASE WHEN place ->> 'setting' IS NOT NULL
                     THEN json_build_array(fhir_word(base, 'Setting', place ->> 'setting')) END,
        'managingOrganization', fhir_reference('Organization', v.organisation_id)) || fhir_place(base, place))::json);
END
$$;

-- When a group or its series changed last. Single dates are slots, which have times of their own.
CREATE FUNCTION fhir_service_updated(g groups) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN greatest(g.updated_at, (SELECT max(s.updated_at) FROM schedules s WHERE s.group_id = g.id));
END
$$;

-- The venues of a group's series.
CREATE FUNCTION fhir_service_venues(of uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE AS $$
    SELECT DISTINCT s.venue_id FROM schedules s WHERE s.group_id = of AND s.venue_id IS NOT NULL AND s.deleted_at IS NULL
$$;

-- What a group is about: its topics, with the codes that they stand for.
CREATE FUNCTION fhir_specialties(g groups, language text, base text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT json_agg(json_build_object(
                       'coding', (SELECT json_agg(json_build_object('system', c.system, 'code', c.code) ORDER BY c.place)
                                  FROM (SELECT 0 AS place, base || '/v1/topics' AS system, t.slug AS code
                                        UNION ALL
                                        SELECT i.place, 'http://hl7.org/fhir/sid/icd-10', i.code
                                        FROM unnest(t.icd10) WITH ORDINALITY AS i(code, place)) AS c),
                       'text', coalesce(t.names ->> language, t.names ->> 'de'))
                   ORDER BY array_position(g.topic_ids, t.id))
            FROM topics t
            WHERE t.id = ANY (g.topic_ids));
END
$$;

-- When a group meets each week, of all its series that say so by weekdays.
CREATE FUNCTION fhir_available_times(of uuid) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT json_agg(json_build_object(
                       'daysOfWeek', (SELECT json_agg(('{sun,mon,tue,wed,thu,fri,sat}'::text[])[day + 1] ORDER BY day)
                                      FROM unnest(d.days) AS day),
                       'availableStartTime', to_char(s.starts_at_local, 'HH24:MI:SS'),
                       'availableEndTime', CASE WHEN (s.starts_at_local + s.duration)::date = s.starts_at_local::date
                                                THEN to_char(s.starts_at_local + s.duration, 'HH24:MI:SS') END)
                   ORDER BY d.days, s.starts_at_local::time, s.id)
            FROM schedules s, LATERAL meeting_guide_days(s) AS d(days)
            WHERE s.group_id = of AND s.deleted_at IS NULL AND s.rules <> '{}' AND d.days IS NOT NULL);
END
$$;

-- The next dates on which a group does not meet although it would.
CREATE FUNCTION fhir_not_available(of uuid, at timestamptz, language text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT json_agg(json_build_object(
                       'description', coalesce(c.note, CASE language WHEN 'en' THEN 'Does not take place' ELSE 'Fällt aus' END),
                       'during', json_build_object('start', instant(m.starts_at), 'end', instant(m.ends_at)))
                   ORDER BY m.starts_at, m.id)
            FROM (SELECT * FROM meetings x
                  WHERE x.group_id = of AND x.starts_at > at AND x.status = 'cancelled' AND x.deleted_at IS NULL
                  ORDER BY x.starts_at LIMIT 20) AS m
            LEFT JOIN closures c ON c.id = m.closure_id);
END
$$;

-- A group is what FHIR calls a service of its organisation. at: the clock.
CREATE FUNCTION fhir_healthcare_service(g groups, at timestamptz, language text, base text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    sdoh  CONSTANT text := 'http://hl7.org/fhir/us/sdoh-clinicalcare/';
    ages  CONSTANT text := CASE WHEN coalesce(g.age_from, g.age_to) IS NOT NULL THEN concat(g.age_from, '–', g.age_to) END;
    place CONSTANT jsonb := jsonb_build_object(
        'address', jsonb_build_object('country', g.country, 'postcode', g.postcode, 'town', g.town),
        'point', point_json(g.point), 'precision', g.precision);
BEGIN
    RETURN json_strip_nulls(json_build_object(
        'resourceType', 'HealthcareService',
        'id', g.id,
        'meta', json_build_object('lastUpdated', instant(fhir_service_updated(g))),
        'contained', CASE WHEN g.country IS NOT NULL THEN json_build_array(
            jsonb_build_object('resourceType', 'Location', 'id', 'place') || fhir_place(base, place)) END,
        'extension', json_build_array(json_build_object(
            'url', sdoh || 'StructureDefinition/SDOHCC-ExtensionHealthcareServiceCapacityStatus',
            'valueCodeableConcept', fhir_concept(
                sdoh || 'CodeSystem/SDOHCC-CodeSystemTemporaryCodes',
                CASE g.accepting_newcomers WHEN 'yes' THEN 'capacity' WHEN 'no' THEN 'no-capacity'
                                           WHEN 'waiting_list' THEN 'waitlist' ELSE 'additional-assessment-required' END))),
        'identifier', json_build_array(json_build_object('system', base || '/v1/groups', 'value', g.slug)),
        'active', g.status IN ('founding', 'active'),
        'providedBy', fhir_reference('Organization', g.organisation_id),
        'category', json_build_array(
            fhir_concept('http://terminology.hl7.org/CodeSystem/service-category', '32', 'Support Group/s')),
        'type', json_build_array(
            fhir_concept('http://terminology.hl7.org/CodeSystem/service-type', '224', 'Support Groups')),
        'specialty', fhir_specialties(g, language, base),
        'location', (SELECT json_agg(place.reference)
                     FROM (SELECT json_build_object('reference', '#place') AS reference WHERE g.country IS NOT NULL
                           UNION ALL
                           SELECT fhir_reference('Location', id) FROM fhir_service_venues(g.id) AS id) AS place),
        'name', g.name,
        'comment', g.summary,
        'extraDetails', g.description,
        'telecom', fhir_telecom(CASE WHEN g.contact ->> 'via' <> 'relay' THEN g.contact END, g.website),
        'eligibility', (SELECT json_agg(json_build_object('code', fhir_word(base, 'Audience', word), 'comment', ages))
                        FROM unnest(g.audience) AS word),
        'characteristic', (SELECT json_agg(fhir_word(base, vocabulary, word))
                           FROM (SELECT 'Leadership' AS vocabulary, g.leadership AS word
                                 UNION ALL SELECT 'CostKind', g.cost ->> 'kind'
                                 UNION ALL SELECT 'Format', unnest(g.formats)
                                 UNION ALL SELECT 'Accessibility', unnest(g.accessibility)) AS said),
        'communication', (SELECT json_agg(fhir_concept('urn:ietf:bcp:47', tag)) FROM unnest(g.languages) AS tag),
        'referralMethod', json_build_array(fhir_word(base, 'Joining', g.joining)),
        'appointmentRequired', g.joining <> 'drop_in',
        'availableTime', fhir_available_times(g.id),
        'notAvailable', fhir_not_available(g.id, at, language),
        'availabilityExceptions', (SELECT string_agg(s.sentence ->> language, E'\n' ORDER BY s.id)
                                   FROM schedules s
                                   WHERE s.group_id = g.id AND s.deleted_at IS NULL AND meeting_guide_days(s) IS NULL)));
END
$$;

CREATE FUNCTION fhir_schedule(s schedules, language text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN json_strip_nulls(json_build_object(
        'resourceType', 'Schedule',
        'id', s.id,
        'meta', json_build_object('lastUpdated', instant(s.updated_at)),
        'active', true,
        'actor', CASE WHEN s.venue_id IS NULL THEN json_build_array(fhir_reference('HealthcareService', s.group_id))
                      ELSE json_build_array(fhir_reference('HealthcareService', s.group_id),
                                            fhir_reference('Location', s.venue_id)) END,
        'planningHorizon', json_build_object(
            'start', instant(instant_of(s.starts_at_local, s.time_zone)),
            'end', instant(instant_of(s.until + time '23:59:59', s.time_zone))),
        'comment', nullif(concat_ws(E'\n', s.title, s.sentence ->> language, s.note), '')));
END
$$;

-- Whether one can still come to a meeting: what does not take place is busy-unavailable, what has no seat left busy.
CREATE FUNCTION fhir_slot_status(m meetings) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    s schedules;
BEGIN
    IF m.status = 'cancelled' THEN
        RETURN 'busy-unavailable';
    END IF;
    IF NOT (m.shown ? 'capacity' AND m.shown ? 'registration') THEN
        RETURN 'free';
    END IF;
    SELECT * INTO s FROM schedules x WHERE x.id = m.schedule_id;
    RETURN CASE seats_left(s, m.date) WHEN 'none' THEN 'busy' ELSE 'free' END;
END
$$;

CREATE FUNCTION fhir_slot(m meetings, status text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN json_strip_nulls(json_build_object(
        'resourceType', 'Slot',
        'id', m.id,
        'meta', json_build_object('lastUpdated', instant(m.updated_at)),
        'serviceType', json_build_array(
            fhir_concept('http://terminology.hl7.org/CodeSystem/service-type', '224', 'Support Groups')),
        'schedule', fhir_reference('Schedule', m.schedule_id),
        'status', status,
        'start', instant(m.starts_at),
        'end', instant(m.ends_at),
        'comment', nullif(concat_ws(E'\n', m.shown ->> 'title', m.shown ->> 'note'), '')));
END
$$;
