-- A page of what became of the rows of a feed, in its order; then what is no longer in it.
-- after: [number] of the row before the page
-- lane: search
SELECT
    CASE WHEN i.id IS NULL THEN 'not-found' END AS _problem,
    import_row_document(r.r)                    AS _members,
    r.number                                    AS _next_number
FROM (SELECT) AS asked
LEFT JOIN (imports i JOIN sources s ON s.id = i.source_id)
       ON i.id = :'import_id'::uuid
      AND keeps(s.organisation_id, :'is_admin'::boolean, :'organisations'::uuid[])
LEFT JOIN LATERAL (
    SELECT r, r.number
    FROM import_rows r
    WHERE r.import_id = i.id
      AND (:'action'::text[] IS NULL OR r.action = ANY (:'action'::text[]))
      AND r.number > coalesce((:'after'::jsonb ->> 0)::integer, 0)
    ORDER BY r.number
    LIMIT :'limit'::integer + 1) AS r ON true
WHERE i.id IS NULL OR r.number IS NOT NULL
ORDER BY r.number;
