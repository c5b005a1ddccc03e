-- A page of organisations as FHIR shows them.
-- filter: the query; after: [id] of the row before the page
-- lane: search
SELECT fhir_entry(:'base_url', fhir_organization(o, :'base_url'), 'match') AS _members, o.id AS _next_id
FROM organisations o
WHERE o.deleted_at IS NULL
  AND coalesce(:'filter'::jsonb ->> 'active', 'true') = 'true'
  AND (:'filter'::jsonb ->> '_id' IS NULL OR o.id = ANY (fhir_ids(:'filter'::jsonb ->> '_id')))
  AND o.updated_at <@ fhir_range(:'filter'::jsonb ->> '_lastUpdated')
  AND (:'filter'::jsonb ->> 'partof' IS NULL OR o.parent_id = ANY (fhir_ids(:'filter'::jsonb ->> 'partof')))
  AND fhir_name_fits(o.name, :'filter'::jsonb)
  AND o.id > coalesce(:'after'::jsonb ->> 0, '00000000-0000-0000-0000-000000000000')::uuid
ORDER BY o.id
LIMIT :'limit'::integer + 1;
