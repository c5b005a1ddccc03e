-- How many wrapping keys are retired, and for how many persons they still stand.
-- lane: read
SELECT count(DISTINCT k.id) AS keys, count(p.id) AS persons
FROM wrapping_keys k
LEFT JOIN persons p ON p.wrapping_key = k.id
WHERE k.retired_at IS NOT NULL;
