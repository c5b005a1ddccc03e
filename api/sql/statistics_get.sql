-- What was released of a table for a quarter, or for the newest one.
-- table: its name; quarter: NULL is the newest
-- lane: read
SELECT r.name AS "table", r.quarter, r.made_at, statistics_least() AS least, 5 AS rounded_to, r.cells
FROM statistics_releases r
WHERE r.name = :'table' AND (:'quarter'::text IS NULL OR r.quarter = :'quarter'::text)
ORDER BY r.quarter DESC
LIMIT 1;
