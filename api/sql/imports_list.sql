-- A page of the imports of the caller's sources, the newest first.
-- after: [turn] of the row before the page
-- lane: search
SELECT
    i.id, s.key AS source, s.organisation_id, s.format, i.state, i.summary, i.created_at, i.applied_at, i.undone_at,
    i.turn AS _next_turn
FROM imports i
JOIN sources s ON s.id = i.source_id
WHERE keeps(s.organisation_id, :'is_admin'::boolean, :'organisations'::uuid[])
  AND (:'source'::text IS NULL OR s.key = :'source')
  AND (:'after'::jsonb IS NULL OR i.turn < (:'after'::jsonb ->> 0)::bigint)
ORDER BY i.turn DESC
LIMIT :'limit'::integer + 1;
