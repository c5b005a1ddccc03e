-- The feed of a search, as it was last made.
-- filter: the query; lang, alarm: as asked for; feed_format: which form of it
-- lane: read
WITH wanted AS (
    SELECT concat_ws(':', 'search', md5((:'filter'::jsonb - 'lang' - 'alarm')::text), coalesce(:'lang', 'de'), :'alarm'::text) AS key
)
SELECT w.key, NULL AS group_id, coalesce(:'lang', 'de') AS language, f.*
FROM wanted w
LEFT JOIN LATERAL feed_find(w.key, :'feed_format', :'now'::timestamptz) AS f ON true;
