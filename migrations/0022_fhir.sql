-- 0022_fhir.sql: the directory as FHIR R4 shows it: made of what is there when it is read, nothing of it is stored.

-- Search parameters ---------------------------------------------------------------------------------

-- When something must have been for all these dates of a search ("ge2026", "lt2026-11-25"): NULL stands for always.
-- A date stands for all of the year, month, day or second that it names, in UTC. wanted is an array as text, for a cast to
-- one would keep PostgreSQL from doing this once for a whole search.
CREATE FUNCTION fhir_range(wanted text) RETURNS tstzrange
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    whole tstzrange := '(,)';
    one   text;
    said  text;
    first timestamptz;
    after timestamptz;
BEGIN
    FOREACH one IN ARRAY coalesce(wanted, '{}')::text[] LOOP
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

-- Stable, as what makes JSON is: then PostgreSQL puts them into what calls them.

CREATE FUNCTION fhir_reference(type text, id uuid) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN id IS NOT NULL THEN json_build_object('reference', type || '/' || id) END
$$;

-- A CodeableConcept of one code.
CREATE FUNCTION fhir_concept(system text, code text, display text DEFAULT NULL) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object('coding', json_build_array(json_build_object('system', system, 'code', code, 'display', display)))
$$;

-- A word of our own contract, whose meaning stands there under this name.
CREATE FUNCTION fhir_word(base text, vocabulary text, word text) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT fhir_concept(base || '/v1/openapi.json#/components/schemas/' || vocabulary, word)
$$;

-- NULL where nothing is known, for FHIR has no empty arrays.
CREATE FUNCTION fhir_telecom(contact jsonb, website text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT json_agg(json_build_object('system', system, 'value', value))
            FROM (VALUES ('phone', contact ->> 'phone'), ('email', contact ->> 'email'), ('url', website)) AS t(system, value)
            WHERE value IS NOT NULL);
END
$$;

-- An address out of a place as venue_place has it, or a group.
CREATE FUNCTION fhir_address(address jsonb) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object('line', CASE WHEN address ->> 'street' IS NOT NULL THEN json_build_array(address -> 'street') END,
                             'city', address -> 'town', 'state', address -> 'region', 'postalCode', address -> 'postcode',
                             'country', address -> 'country')
$$;

-- The members that say where a Location is, and how exactly its position says so.
CREATE FUNCTION fhir_place(base text, place jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
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
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN json_build_object(
        'fullUrl', base || '/fhir/R4/' || (resource ->> 'resourceType') || '/' || (resource ->> 'id'),
        'resource', resource,
        'search', json_build_object('mode', mode));
END
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

-- A group is what FHIR calls a service of its organisation. It changes with its series; single dates are slots, which have
-- times of their own. at: the clock.
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
        'meta', json_build_object('lastUpdated', instant(greatest(
            g.updated_at, (SELECT max(s.updated_at) FROM schedules s WHERE s.group_id = g.id)))),
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

-- Whether that is one of those that a search is for. A function by itself, for then the planner does not take it for rare.
CREATE FUNCTION fhir_slot_fits(m meetings, wanted text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    RETURN fhir_slot_status(m) = ANY (wanted::text[]);
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

-- Referrals -------------------------------------------------------------------------------------------

-- The states of a referral as those of a Task of HL7 SDOH Clinical Care, and of the request that it is about.
CREATE FUNCTION fhir_task_status(r referrals) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN r.reason = 'issued_in_error' THEN 'entered-in-error'
                WHEN r.state = 'expired'          THEN 'cancelled'
                ELSE                                   replace(r.state, '_', '-') END
$$;

CREATE FUNCTION fhir_request_status(r referrals) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN r.reason = 'issued_in_error'                       THEN 'entered-in-error'
                WHEN r.state IN ('requested', 'accepted', 'in_progress') THEN 'active'
                WHEN r.state = 'on_hold'                                THEN 'on-hold'
                WHEN r.state = 'completed'                              THEN 'completed'
                ELSE                                                         'revoked' END
$$;

-- Whom a referral is for, it never says: whoever has the code.
CREATE FUNCTION fhir_anybody() RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object('type', 'Patient', 'display', 'anonymous')
$$;

-- Where in our contract the distance stands that a group may be away.
CREATE FUNCTION fhir_within(base text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT base || '/v1/openapi.json#/components/schemas/NewReferral/properties/within_km'
$$;

-- What the organisation asked for, as a ServiceRequest.
CREATE FUNCTION fhir_service_request(r referrals, base text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN json_strip_nulls(json_build_object(
        'resourceType', 'ServiceRequest',
        'id', r.id,
        'meta', json_build_object('lastUpdated', instant(r.updated_at)),
        'contained', json_build_array(json_build_object(
            'resourceType', 'Location', 'id', 'near',
            'extension', json_build_array(json_build_object('url', fhir_within(base), 'valueDecimal', r.within_km)),
            'address', json_build_object('postalCode', r.postcode, 'country', r.country))),
        'identifier', CASE WHEN r.reference IS NOT NULL THEN json_build_array(
            json_build_object('system', 'urn:ietf:rfc:3986', 'value', 'urn:uuid:' || r.reference)) END,
        'status', fhir_request_status(r),
        'intent', 'order',
        'category', json_build_array(
            fhir_concept('http://terminology.hl7.org/CodeSystem/service-category', '32', 'Support Group/s')),
        'code', fhir_concept('http://terminology.hl7.org/CodeSystem/service-type', '224', 'Support Groups'),
        'orderDetail', json_build_array(fhir_word(base, 'AudienceOfReferral', r.audience),
                                        fhir_concept('urn:ietf:bcp:47', r.language)),
        'subject', fhir_anybody(),
        'occurrencePeriod', json_build_object('end', instant(r.valid_until)),
        'authoredOn', instant(r.created_at),
        'requester', fhir_reference('Organization', r.organisation_id),
        'performer', CASE WHEN r.group_id IS NOT NULL
                          THEN json_build_array(fhir_reference('HealthcareService', r.group_id)) END,
        'locationReference', json_build_array(json_build_object('reference', '#near')),
        'reasonCode', json_build_array(CASE
            WHEN r.icd10 IS NOT NULL THEN fhir_concept('http://hl7.org/fhir/sid/icd-10', r.icd10)
            ELSE fhir_concept(base || '/v1/topics', r.topic_id::text) END)));
END
$$;

-- How it stands, as a Task: SDOHCC-TaskForReferralManagement. What was done is said only in so far as it was a group's.
CREATE FUNCTION fhir_task(r referrals, base text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    why CONSTANT text := CASE WHEN r.state = 'expired' THEN 'expired' ELSE r.reason END;
BEGIN
    RETURN json_strip_nulls(json_build_object(
        'resourceType', 'Task',
        'id', r.id,
        'meta', json_build_object('lastUpdated', instant(r.updated_at)),
        'status', fhir_task_status(r),
        'statusReason', CASE WHEN why IS NOT NULL THEN
            fhir_word(base, CASE r.state WHEN 'expired' THEN 'StateOfReferral' ELSE 'ReferralReason' END, why)::jsonb
            || jsonb_build_object('text', replace(why, '_', ' ')) END,
        'businessStatus', fhir_word(base, 'StateOfReferral', r.state),
        'intent', 'order',
        'code', fhir_concept('http://hl7.org/fhir/CodeSystem/task-code', 'fulfill'),
        'focus', fhir_reference('ServiceRequest', r.id),
        'for', fhir_anybody(),
        'authoredOn', instant(r.created_at),
        'lastModified', instant(r.updated_at),
        'requester', fhir_reference('Organization', r.organisation_id),
        'owner', fhir_reference('HealthcareService', r.group_id),
        'restriction', json_build_object('period', json_build_object('end', instant(r.valid_until))),
        'output', CASE WHEN r.state = 'completed' THEN json_build_array(json_build_object(
            'type', fhir_concept('http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes',
                                 'resulting-activity'),
            'valueCodeableConcept',
                fhir_concept('http://terminology.hl7.org/CodeSystem/service-type', '224', 'Support Groups'))) END));
END
$$;

-- The referrals that a search finds, of those that the caller made.
CREATE FUNCTION fhir_referrals_found(filter jsonb, refers boolean, organisations uuid[]) RETURNS SETOF referrals
LANGUAGE sql STABLE AS $$
    SELECT r.*
    FROM referrals r
    WHERE r.organisation_id = ANY (organisations)
      AND referral_right(r, NULL, NULL, refers, organisations) = 'requester'
      AND (filter ->> '_id' IS NULL OR r.id = ANY (fhir_ids(filter ->> '_id')))
      AND r.updated_at <@ fhir_range(filter ->> '_lastUpdated')
$$;

-- That an organisation read a referral is noted, as when it reads it elsewhere.
CREATE FUNCTION fhir_referrals_read(of uuid[], who jsonb, at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM read_record(who, 'referral', id, '{state}', at) FROM unnest(of) AS id;
END
$$;

-- The first value of a code out of this system in a list of CodeableConcepts.
CREATE FUNCTION fhir_code_in(concepts jsonb, system text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT coding ->> 'code'
    FROM jsonb_array_elements(concepts) AS concept, jsonb_array_elements(concept -> 'coding') AS coding
    WHERE coding ->> 'system' = system
    LIMIT 1
$$;

-- A FhirNewServiceRequest as a NewReferral; and where it says what none can say.
CREATE FUNCTION fhir_referral_of(body jsonb, base text, OUT pointer text, OUT detail text, OUT wanted jsonb)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    near     CONSTANT jsonb := body #> '{contained,0}';
    distance CONSTANT jsonb := near #> '{extension,0}';
    icd10    CONSTANT text := fhir_code_in(body -> 'reasonCode', 'http://hl7.org/fhir/sid/icd-10');
    topic    CONSTANT text := fhir_code_in(body -> 'reasonCode', base || '/v1/topics');
    audience CONSTANT text := fhir_code_in(body -> 'orderDetail', base || '/v1/openapi.json#/components/schemas/AudienceOfReferral');
    language CONSTANT text := fhir_code_in(body -> 'orderDetail', 'urn:ietf:bcp:47');
    topic_id CONSTANT uuid := (SELECT t.id FROM topics t WHERE topic IN (t.id::text, t.slug) AND t.deleted_at IS NULL);
BEGIN
    IF (icd10 IS NULL AND topic_id IS NULL) OR icd10 !~ '^[A-Z][0-9][0-9](\.[0-9]{1,2})?$' THEN
        pointer := '/reasonCode/0/coding/0';
        detail := 'must be a code of http://hl7.org/fhir/sid/icd-10, or a topic of ' || base || '/v1/topics';
    ELSIF audience IS NULL OR audience NOT IN ('affected', 'relatives') THEN
        pointer := '/orderDetail';
        detail := 'must have affected or relatives of ' || base || '/v1/openapi.json#/components/schemas/AudienceOfReferral';
    ELSIF language IS NULL OR language !~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$' THEN
        pointer := '/orderDetail';
        detail := 'must have a language of urn:ietf:bcp:47';
    ELSIF distance ->> 'url' <> fhir_within(base) THEN
        pointer := '/contained/0/extension/0/url';
        detail := 'must be ' || fhir_within(base);
    END IF;
    wanted := jsonb_strip_nulls(jsonb_build_object(
        'need', jsonb_build_object('icd10', icd10, 'topic_id', CASE WHEN icd10 IS NULL THEN topic_id END),
        'near', jsonb_build_object('country', near #> '{address,country}', 'postcode', near #> '{address,postalCode}'),
        'within_km', distance -> 'valueDecimal', 'audience', audience, 'language', language,
        'group_id', right(body #>> '{performer,0,reference}', 36),
        'reference', right(body #>> '{identifier,0,value}', 36), 'valid_until', body #> '{occurrencePeriod,end}'));
END
$$;

-- Makes a referral out of a ServiceRequest. code: the keyed hash of its code.
CREATE FUNCTION fhir_service_request_create(body jsonb, base text, code bytea, organisations uuid[], who jsonb, at timestamptz,
                                            OUT problem text, OUT pointer text, OUT detail text, OUT r referrals)
LANGUAGE plpgsql AS $$
DECLARE
    w record := fhir_referral_of(body, base);
    c record;
BEGIN
    IF NOT EXISTS (SELECT FROM organisations o WHERE o.id = organisations[1] AND o.kind IN ('insurer', 'partner')) THEN
        problem := 'forbidden';  -- before anything is said about the body
        RETURN;
    ELSIF body #>> '{requester,reference}' <> 'Organization/' || organisations[1] THEN
        pointer := '/requester/reference';
        detail := 'must be the organisation of the client';
    ELSE
        pointer := w.pointer;
        detail := w.detail;
    END IF;
    IF pointer IS NOT NULL THEN
        problem := 'invalid-body';
        RETURN;
    END IF;
    c := referral_create(w.wanted, code, organisations, who, at);
    problem := c.problem;
    detail := c.detail;
    r := c.r;
    pointer := CASE WHEN c.pointer LIKE '/need/%'       THEN '/reasonCode/0/coding/0'
                    WHEN c.pointer = '/near/postcode'   THEN '/contained/0/address/postalCode'
                    WHEN c.pointer = '/valid_until'     THEN '/occurrencePeriod/end'
                    WHEN c.pointer = '/group_id'        THEN '/performer/0/reference' END;
END
$$;

-- Takes a referral back by a Task whose status is cancelled or entered-in-error. All else must be as it is.
CREATE FUNCTION fhir_task_put(of uuid, body jsonb, base text, if_match bigint[], refers boolean, organisations uuid[], who jsonb,
                              at timestamptz, OUT problem text, OUT pointer text, OUT detail text, OUT r referrals)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    ours   CONSTANT text[] := '{meta,status,statusReason,businessStatus,lastModified}';
    wanted CONSTANT text := body ->> 'status';
    s      record;
BEGIN
    SELECT * INTO r FROM referrals x WHERE x.id = of FOR UPDATE;
    IF referral_right(r, NULL, NULL, refers, organisations) IS DISTINCT FROM 'requester' THEN
        problem := 'not-found';
    ELSIF NOT r.revision = ANY (coalesce(if_match, ARRAY[r.revision])) THEN
        problem := 'precondition-failed';
    ELSIF body - ours <> fhir_task(r, base)::jsonb - ours THEN
        problem := 'invalid-body';
        detail := 'must be the Task as it is, but for status and statusReason';
    ELSIF wanted = fhir_task_status(r) THEN
        RETURN;  -- so it is
    ELSIF wanted NOT IN ('cancelled', 'entered-in-error') THEN
        problem := 'invalid-body';
        pointer := '/status';
        detail := 'must be cancelled or entered-in-error: all else is for the group to say';
    ELSE
        s := referral_step(r, 'requester', 'cancel',
                           CASE wanted WHEN 'cancelled' THEN coalesce(fhir_code_in(jsonb_build_array(body -> 'statusReason'),
                                           base || '/v1/openapi.json#/components/schemas/ReferralReason'), '')
                                       ELSE 'issued_in_error' END, who, at);
        problem := s.problem;
        pointer := CASE WHEN s.pointer IS NOT NULL THEN '/statusReason' END;
        detail := s.detail;
        r := s.stepped;
    END IF;
END
$$;
