-- A page of closures by their first day, or what is wrong with the parameters.
-- after: [first day, id] of the row before the page
-- lane: search
WITH fault AS (
    SELECT 'invalid-parameter' AS problem
    WHERE :'to'::date < :'from'::date
), page AS (
    SELECT c
    FROM closures c
    WHERE NOT EXISTS (SELECT FROM fault)
      AND c.deleted_at IS NULL
      AND (:'venue_id'::uuid IS NULL OR c.venue_id = :'venue_id'::uuid)
      AND (:'region'::text IS NULL OR c.region IN (:'region'::text, split_part(:'region'::text, '-', 1)))
      AND (:'from'::date IS NULL OR c.last >= :'from'::date)
      AND (:'to'::date IS NULL OR c.first <= :'to'::date)
      AND (:'after'::jsonb IS NULL
           OR (c.first, c.id) > ((:'after'::jsonb ->> 0)::date, (:'after'::jsonb ->> 1)::uuid))
    ORDER BY c.first, c.id
    LIMIT :'limit'::integer + 1
)
SELECT
    NULL AS _problem, NULL AS _parameter, NULL AS _detail,
    closure_document(c, keeps(closure_keeper(c), :'is_admin'::boolean, :'organisations'::uuid[])) AS _members,
    (c).first AS _next_first, (c).id AS _next_id
FROM page
UNION ALL
SELECT problem, 'to', 'must not be before from', NULL, NULL, NULL
FROM fault
ORDER BY _next_first, _next_id;
