-- A page of groups as FHIR shows them.
-- filter: the query; after: [id] of the row before the page
-- lane: search
WITH page AS (
    SELECT g, g.id
    FROM groups g, fhir_near(:'filter'::jsonb ->> 'location.near') AS n
    WHERE g.deleted_at IS NULL
      AND group_is_visible(g.visibility, g.organisation_id, :'is_admin'::boolean, :'is_partner'::boolean,
                           :'organisations'::uuid[])
      AND (:'filter'::jsonb ->> '_id' IS NULL OR g.id = ANY (fhir_ids(:'filter'::jsonb ->> '_id')))
      AND (:'filter'::jsonb ->> '_lastUpdated' IS NULL
           OR greatest(g.updated_at, (SELECT max(s.updated_at) FROM schedules s WHERE s.group_id = g.id))
              <@ fhir_range(:'filter'::jsonb ->> '_lastUpdated'))
      AND (:'filter'::jsonb ->> 'active' IS NULL
           OR (g.status IN ('founding', 'active')) = (:'filter'::jsonb ->> 'active')::boolean)
      AND (:'filter'::jsonb ->> 'organization' IS NULL
           OR g.organisation_id = ANY (fhir_ids(:'filter'::jsonb ->> 'organization')))
      AND (:'filter'::jsonb ->> 'location' IS NULL
           OR EXISTS (SELECT FROM fhir_service_venues(g.id) AS id WHERE id = ANY (fhir_ids(:'filter'::jsonb ->> 'location'))))
      AND (:'filter'::jsonb ->> 'specialty' IS NULL
           OR g.topic_keys && fhir_topics(:'filter'::jsonb ->> 'specialty', :'base_url'))
      AND (:'filter'::jsonb ->> 'service-category' IS NULL
           OR '32' = ANY (fhir_codes(:'filter'::jsonb ->> 'service-category',
                                     'http://terminology.hl7.org/CodeSystem/service-category')))
      AND (:'filter'::jsonb ->> 'service-type' IS NULL
           OR '224' = ANY (fhir_codes(:'filter'::jsonb ->> 'service-type',
                                      'http://terminology.hl7.org/CodeSystem/service-type')))
      AND (n.point IS NULL OR ST_DWithin(g.point, n.point, n.metres, false))
      AND fhir_name_fits(g.name, :'filter'::jsonb)
      AND g.id > coalesce(:'after'::jsonb ->> 0, '00000000-0000-0000-0000-000000000000')::uuid
    ORDER BY g.id
    LIMIT :'limit'::integer + 1
), shown AS (
    SELECT * FROM page ORDER BY id LIMIT :'limit'::integer
)
SELECT fhir_entry(:'base_url', fhir_healthcare_service(g, :'now'::timestamptz, :'language', :'base_url'), 'match') AS _members,
       id AS _next_id, false AS _included
FROM page
UNION ALL
SELECT fhir_entry(:'base_url', fhir_organization(o, :'base_url'), 'include'), o.id, true
FROM organisations o
WHERE 'HealthcareService:organization' = ANY ((:'filter'::jsonb ->> '_include')::text[])
  AND o.id IN (SELECT (g).organisation_id FROM shown) AND o.deleted_at IS NULL
UNION ALL
SELECT fhir_entry(:'base_url', fhir_location(v, keeps(v.organisation_id, :'is_admin'::boolean, :'organisations'::uuid[]),
                                             :'base_url'), 'include'), v.id, true
FROM venues v
WHERE 'HealthcareService:location' = ANY ((:'filter'::jsonb ->> '_include')::text[])
  AND v.id IN (SELECT fhir_service_venues(id) FROM shown) AND v.deleted_at IS NULL
ORDER BY _included, _next_id;
