-- A page of the groups that a search finds.
-- filter: the query; words: from groups_words; near: "lat,lon"; sort; after: [rank, word, id] of the row before the page, and
-- the words as they were understood then, for the list goes on as it began
-- lane: search
WITH found AS (
    SELECT
        g.id, g.revision, g.partner_note,
        ST_Distance(g.point, point_of(split_part(:'near', ',', 1)::float8, split_part(:'near', ',', 2)::float8),
                    false) AS metres,
        CASE :'sort'
            WHEN 'relevance' THEN - ts_rank(g.search, coalesce(:'after'::jsonb ->> 3, :'words')::tsquery, 1)
            WHEN 'updated'   THEN - extract(epoch FROM g.updated_at)
            WHEN 'distance'  THEN ST_Distance(g.point, point_of(split_part(:'near', ',', 1)::float8,
                                                                split_part(:'near', ',', 2)::float8), false)
        END::float8 AS rank,
        CASE :'sort' WHEN 'name' THEN g.name ELSE '' END COLLATE "und-x-icu" AS word
    FROM groups_found(
        :'filter'::jsonb, coalesce(:'after'::jsonb ->> 3, :'words')::tsquery,
        point_of(split_part(:'near', ',', 1)::float8, split_part(:'near', ',', 2)::float8),
        :'now'::timestamptz, :'is_admin'::boolean, :'is_partner'::boolean, :'organisations'::uuid[]) AS g
), page AS (
    SELECT found.*, coalesce(rank, 0) AS place
    FROM found
    WHERE :'after'::jsonb IS NULL
       OR (coalesce(rank, 0), word, id)
          > ((:'after'::jsonb ->> 0)::float8, :'after'::jsonb ->> 1, (:'after'::jsonb ->> 2)::uuid)
    ORDER BY coalesce(rank, 0), word, id
    LIMIT :'limit'::integer + 1
)
SELECT
    d.document AS _members,
    p.place AS _next_place,
    p.word AS _next_word,
    p.id AS _next_id,
    coalesce(:'after'::jsonb ->> 3, :'words') AS _next_words,
    round((p.metres / 1000)::numeric, 1) AS distance_km,
    d.stale_at <= :'now'::timestamptz AS stale,
    n.next_meeting_at,
    CASE WHEN :'is_partner'::boolean THEN p.partner_note END AS partner_note
FROM page p
JOIN group_documents d ON d.group_id = p.id AND d.language = :'language'
LEFT JOIN LATERAL next_meeting(p.id, :'now'::timestamptz) AS n ON true
ORDER BY p.place, p.word, p.id;
