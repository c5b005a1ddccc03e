-- A page of the public holidays of a region by day, or what is wrong with the parameters.
-- after: [date, key] of the row before the page
-- lane: read
WITH asked AS (  -- today is the same day in all three countries
    SELECT r.region, d.first, coalesce(:'to'::date, (d.first + interval '1 year')::date) AS last
    FROM (SELECT :'region'::text) AS r(region),
         (SELECT coalesce(:'from'::date, (:'now'::timestamptz AT TIME ZONE 'Europe/Berlin')::date)) AS d(first)
), fault AS (
    SELECT 'region' AS parameter, 'must be Germany, Austria, Switzerland, or a part of one' AS detail
    FROM asked
    WHERE NOT region_is_known(region)
    UNION ALL
    SELECT 'to', 'must not be before from, nor more than ten years after it'
    FROM asked
    WHERE last < first OR last > first + interval '10 years'
), page AS (
    SELECT h.date, h.key, h.names ->> :'language' AS name, a.region, CASE WHEN h.partial THEN true END AS partial
    FROM asked a, holidays_between(a.region, a.first, a.last) AS h
    WHERE NOT EXISTS (SELECT FROM fault)
      AND (:'after'::jsonb IS NULL OR (h.date, h.key) > ((:'after'::jsonb ->> 0)::date, :'after'::jsonb ->> 1))
    ORDER BY h.date, h.key
    LIMIT :'limit'::integer + 1
)
SELECT
    NULL AS _problem, NULL AS _parameter, NULL AS _detail,
    date, key, name, region, partial,
    date AS _next_date, key AS _next_key
FROM page
UNION ALL
SELECT 'invalid-parameter', parameter, detail, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM fault
ORDER BY date, key;
