-- A page of what was released, the newest quarter first.
-- after: [quarter, table] of the row before the page
-- lane: search
SELECT r.name AS "table", r.quarter, r.made_at,
       r.quarter AS _next_quarter, r.name AS _next_table
FROM statistics_releases r
WHERE :'after'::jsonb IS NULL OR (r.quarter, r.name) < (:'after'::jsonb ->> 0, :'after'::jsonb ->> 1)
ORDER BY r.quarter DESC, r.name DESC
LIMIT :'limit'::integer + 1;
