-- The feed of a group that anybody may read, as it was last made.
-- lang, alarm: as asked for; feed_format: which form of it
-- lane: read
WITH wanted AS (
    SELECT g.id, g.name, coalesce(:'lang', CASE left(g.language_of_text, 2) WHEN 'en' THEN 'en' ELSE 'de' END) AS language
    FROM groups g
    WHERE g.id = :'group_id'::uuid AND g.deleted_at IS NULL
      AND group_is_visible(g.visibility, g.organisation_id, false, false, NULL)
)
SELECT concat_ws(':', 'group', w.id, w.language, :'alarm'::text) AS key, w.id AS group_id, w.language, w.name, f.*
FROM wanted w
LEFT JOIN LATERAL feed_find(concat_ws(':', 'group', w.id, w.language, :'alarm'::text), :'feed_format', :'now'::timestamptz) AS f ON true;
