-- A page of venues as FHIR shows them, the nearest first where a point is given: those that are public, those that the
-- caller keeps, and those that are asked for by id. What is not for everybody is not found by its name either.
-- filter: the query; after: [metres, id] of the row before the page
-- lane: search
WITH found AS (
    SELECT v, v.id, keeps(v.organisation_id, :'is_admin'::boolean, :'organisations'::uuid[]) AS is_kept,
           coalesce(ST_Distance(v.found_at, n.point, false), 0) AS metres
    FROM venues v, fhir_near(:'filter'::jsonb ->> 'near') AS n
    WHERE v.deleted_at IS NULL
      AND (:'filter'::jsonb ->> '_id' IS NULL OR v.id = ANY (fhir_ids(:'filter'::jsonb ->> '_id')))
      AND (v.disclosure = 'public' OR :'filter'::jsonb ->> '_id' IS NOT NULL
           OR keeps(v.organisation_id, :'is_admin'::boolean, :'organisations'::uuid[]))
      AND v.updated_at <@ fhir_range(:'filter'::jsonb ->> '_lastUpdated')
      AND (:'filter'::jsonb ->> 'organization' IS NULL
           OR v.organisation_id = ANY (fhir_ids(:'filter'::jsonb ->> 'organization')))
      AND (n.point IS NULL OR ST_DWithin(v.found_at, n.point, n.metres, false))
      AND CASE WHEN v.disclosure = 'public' OR keeps(v.organisation_id, :'is_admin'::boolean, :'organisations'::uuid[])
               THEN fhir_name_fits(v.name, :'filter'::jsonb)
               ELSE fhir_name_fits('', :'filter'::jsonb) END
), page AS (
    SELECT *
    FROM found
    WHERE :'after'::jsonb IS NULL
       OR (metres, id) > ((:'after'::jsonb ->> 0)::float8, (:'after'::jsonb ->> 1)::uuid)
    ORDER BY metres, id
    LIMIT :'limit'::integer + 1
), shown AS (
    SELECT * FROM page ORDER BY metres, id LIMIT :'limit'::integer
)
SELECT fhir_entry(:'base_url', fhir_location(v, is_kept, :'base_url'), 'match') AS _members,
       metres AS _next_metres, id AS _next_id, false AS _included
FROM page
UNION ALL
SELECT fhir_entry(:'base_url', fhir_organization(o, :'base_url'), 'include'), NULL, o.id, true
FROM organisations o
WHERE 'Location:organization' = ANY ((:'filter'::jsonb ->> '_include')::text[])
  AND o.id IN (SELECT (v).organisation_id FROM shown) AND o.deleted_at IS NULL
ORDER BY _included, _next_metres, _next_id;
