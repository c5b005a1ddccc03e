-- A page of dated meetings as FHIR shows them, the soonest first.
-- filter: the query; after: [start, id] of the row before the page
-- lane: search
WITH page AS (
    SELECT m, m.id, m.starts_at
    FROM meetings m
    JOIN groups g ON g.id = m.group_id
    WHERE m.deleted_at IS NULL
      AND g.deleted_at IS NULL
      AND group_is_visible(g.visibility, g.organisation_id, :'is_admin'::boolean, :'is_partner'::boolean,
                           :'organisations'::uuid[])
      AND (:'filter'::jsonb ->> '_id' IS NULL OR m.id = ANY (fhir_ids(:'filter'::jsonb ->> '_id')))
      AND m.updated_at <@ fhir_range(:'filter'::jsonb ->> '_lastUpdated')
      AND (:'filter'::jsonb ->> 'schedule' IS NULL OR m.schedule_id = ANY (fhir_ids(:'filter'::jsonb ->> 'schedule')))
      AND (:'filter'::jsonb ->> 'schedule.actor' IS NULL
           OR m.group_id = ANY (fhir_ids(:'filter'::jsonb ->> 'schedule.actor')))
      AND m.starts_at >= coalesce(lower(fhir_range(:'filter'::jsonb ->> 'start')), '-infinity')
      AND m.starts_at < coalesce(upper(fhir_range(:'filter'::jsonb ->> 'start')), 'infinity')
      AND NOT isempty(fhir_range(:'filter'::jsonb ->> 'start'))
      AND (:'filter'::jsonb ->> 'status' IS NULL  -- what has no seats is not counted
           OR ((:'filter'::jsonb ->> 'status' LIKE '%"free"%' OR m.status = 'cancelled' OR m.shown ? 'capacity')
               AND fhir_slot_fits(m, :'filter'::jsonb ->> 'status')))
      AND (:'after'::jsonb IS NULL
           OR (m.starts_at, m.id) > ((:'after'::jsonb ->> 0)::timestamptz, (:'after'::jsonb ->> 1)::uuid))
    ORDER BY m.starts_at, m.id
    LIMIT :'limit'::integer + 1
), shown AS (
    SELECT * FROM page ORDER BY starts_at, id LIMIT :'limit'::integer
)
SELECT fhir_entry(:'base_url', fhir_slot(m, fhir_slot_status(m)), 'match') AS _members,
       starts_at::text AS _next_start, id AS _next_id, false AS _included
FROM page
UNION ALL
SELECT fhir_entry(:'base_url', fhir_schedule(s, :'language'), 'include'), NULL, s.id, true
FROM schedules s
WHERE 'Slot:schedule' = ANY ((:'filter'::jsonb ->> '_include')::text[])
  AND s.id IN (SELECT (m).schedule_id FROM shown) AND s.deleted_at IS NULL
ORDER BY _included, _next_start, _next_id;
