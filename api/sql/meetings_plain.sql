-- A page of the dated meetings of all groups, the soonest first: for searches that no topic, place or words narrow.
-- from, to: instants; filter: the query; after: [starts_at, id] of the row before the page, and from and to as they were
-- lane: search
SELECT
    meeting_document(m, :'is_admin'::boolean, :'organisations'::uuid[]) AS _members,
    m.starts_at::text AS _next_start,
    m.id AS _next_id,
    coalesce((:'after'::jsonb ->> 2)::timestamptz, :'from'::timestamptz)::text AS _next_from,
    coalesce((:'after'::jsonb ->> 3)::timestamptz, :'to'::timestamptz)::text AS _next_to
FROM meetings m
JOIN groups_found(:'filter'::jsonb - '{format,accessibility,weekday,time_from,time_to}'::text[], NULL, NULL, NULL,
                  :'is_admin'::boolean, :'is_partner'::boolean, :'organisations'::uuid[]) AS g ON g.id = m.group_id
JOIN schedules s ON s.id = m.schedule_id
LEFT JOIN venues v ON v.id = m.venue_id
WHERE m.starts_at >= coalesce((:'after'::jsonb ->> 2)::timestamptz, :'from'::timestamptz)
  AND m.starts_at < coalesce((:'after'::jsonb ->> 3)::timestamptz, :'to'::timestamptz)
  AND (:'after'::jsonb IS NULL
       OR (m.starts_at, m.id) > ((:'after'::jsonb ->> 0)::timestamptz, (:'after'::jsonb ->> 1)::uuid))
  AND (:'filter'::jsonb ->> 'kind' IS NULL OR s.kind = ANY ((:'filter'::jsonb ->> 'kind')::text[]))
  AND meeting_fits(m, :'filter'::jsonb, v.accessibility)
ORDER BY m.starts_at, m.id
LIMIT :'limit'::integer + 1;
