-- The series of the groups that a search finds, as a Meeting Guide feed.
-- filter: the query; words: from groups_words; near: "lat,lon"
-- lane: search
WITH found AS MATERIALIZED (
    SELECT s, g, v
    FROM groups_found(
        :'filter'::jsonb, NULL,
        point_of(split_part(:'near', ',', 1)::float8, split_part(:'near', ',', 2)::float8),
        :'now'::timestamptz, false, false, NULL) AS g
    JOIN schedules s ON s.group_id = g.id AND s.deleted_at IS NULL
    LEFT JOIN venues v ON v.id = s.venue_id
    WHERE s.until IS NULL OR s.until >= (:'now'::timestamptz)::date
    LIMIT 10001
)
SELECT
    CASE WHEN count(*) > 10000 THEN 'too-many' END AS _problem,
    CASE WHEN count(*) <= 10000 THEN coalesce(json_agg(meeting_guide(s, g, v) ORDER BY (g).slug, (s).id), '[]') END AS feed
FROM found;
