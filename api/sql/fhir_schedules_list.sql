-- A page of series of meetings as FHIR shows them.
-- filter: the query; after: [id] of the row before the page
-- lane: search
WITH page AS (
    SELECT s, s.id
    FROM schedules s
    JOIN groups g ON g.id = s.group_id
    WHERE s.deleted_at IS NULL
      AND g.deleted_at IS NULL
      AND group_is_visible(g.visibility, g.organisation_id, :'is_admin'::boolean, :'is_partner'::boolean,
                           :'organisations'::uuid[])
      AND coalesce(:'filter'::jsonb ->> 'active', 'true') = 'true'
      AND (:'filter'::jsonb ->> '_id' IS NULL OR s.id = ANY (fhir_ids(:'filter'::jsonb ->> '_id')))
      AND s.updated_at <@ fhir_range(:'filter'::jsonb ->> '_lastUpdated')
      AND (:'filter'::jsonb ->> 'actor' IS NULL
           OR s.group_id = ANY (fhir_ids(:'filter'::jsonb ->> 'actor', 'HealthcareService'))
           OR s.venue_id = ANY (fhir_ids(:'filter'::jsonb ->> 'actor', 'Location')))
      AND s.id > coalesce(:'after'::jsonb ->> 0, '00000000-0000-0000-0000-000000000000')::uuid
    ORDER BY s.id
    LIMIT :'limit'::integer + 1
), shown AS (
    SELECT * FROM page ORDER BY id LIMIT :'limit'::integer
)
SELECT fhir_entry(:'base_url', fhir_schedule(s, :'language'), 'match') AS _members, id AS _next_id, false AS _included
FROM page
UNION ALL
SELECT fhir_entry(:'base_url', fhir_healthcare_service(g, :'now'::timestamptz, :'language', :'base_url'), 'include'), g.id, true
FROM groups g
WHERE 'Schedule:actor' = ANY ((:'filter'::jsonb ->> '_include')::text[])
  AND g.id IN (SELECT (s).group_id FROM shown)
UNION ALL
SELECT fhir_entry(:'base_url', fhir_location(v, keeps(v.organisation_id, :'is_admin'::boolean, :'organisations'::uuid[]),
                                             :'base_url'), 'include'), v.id, true
FROM venues v
WHERE 'Schedule:actor' = ANY ((:'filter'::jsonb ->> '_include')::text[])
  AND v.id IN (SELECT (s).venue_id FROM shown) AND v.deleted_at IS NULL
ORDER BY _included, _next_id;
