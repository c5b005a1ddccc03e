-- A page of referrals as ServiceRequests, for whoever made them; that they read them is noted, each of them.
-- filter: the query; after: [id] of the row before the page
-- lane: write
-- personal: yes
WITH page AS (
    SELECT r, r.id
    FROM fhir_referrals_found(:'filter'::jsonb, :'refers'::boolean, :'organisations'::uuid[]) AS r
    WHERE (:'filter'::jsonb ->> 'status' IS NULL
           OR fhir_request_status(r) = ANY ((:'filter'::jsonb ->> 'status')::text[]))
      AND (:'filter'::jsonb ->> 'identifier' IS NULL
           OR r.reference = ANY (fhir_ids(:'filter'::jsonb ->> 'identifier')))
      AND r.id > coalesce(:'after'::jsonb ->> 0, '00000000-0000-0000-0000-000000000000')::uuid
    ORDER BY r.id
    LIMIT :'limit'::integer + 1
), shown AS (
    SELECT * FROM page ORDER BY id LIMIT :'limit'::integer
), noted AS MATERIALIZED (
    SELECT fhir_referrals_read(array_agg(id), :'writer'::jsonb, :'now'::timestamptz)::text FROM shown
)
SELECT fhir_entry(:'base_url', fhir_service_request(r, :'base_url'), 'match') AS _members, id AS _next_id, false AS _included
FROM page
LEFT JOIN noted ON true
ORDER BY _included, _next_id;
