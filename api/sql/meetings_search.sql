-- A page of the dated meetings that a search finds, the soonest or the nearest first.
-- filter: the query; words: from groups_words; near: "lat,lon"; from, to: instants; sort; after: [rank, starts_at, id] of
-- the row before the page, and from, to and words as they were then, for the list goes on as it began
-- lane: search
WITH page AS (
    SELECT found.*, CASE :'sort' WHEN 'distance' THEN coalesce(metres, 'infinity') ELSE 0 END AS rank
    FROM meetings_found(
        :'filter'::jsonb, coalesce(:'after'::jsonb ->> 5, :'words')::tsquery,
        point_of(split_part(:'near', ',', 1)::float8, split_part(:'near', ',', 2)::float8),
        coalesce((:'after'::jsonb ->> 3)::timestamptz, :'from'::timestamptz),
        coalesce((:'after'::jsonb ->> 4)::timestamptz, :'to'::timestamptz),
        :'is_admin'::boolean, :'is_partner'::boolean, :'organisations'::uuid[],
        (:'after'::jsonb ->> 1)::timestamptz, (:'after'::jsonb ->> 2)::uuid,
        CASE :'sort' WHEN 'starts_at' THEN :'limit'::integer + 1 END) AS found
    WHERE :'after'::jsonb IS NULL
       OR (CASE :'sort' WHEN 'distance' THEN coalesce(metres, 'infinity') ELSE 0 END, starts_at, id)
          > ((:'after'::jsonb ->> 0)::float8, (:'after'::jsonb ->> 1)::timestamptz, (:'after'::jsonb ->> 2)::uuid)
    ORDER BY rank, starts_at, id
    LIMIT :'limit'::integer + 1
)
SELECT
    meeting_document(m, :'is_admin'::boolean, :'organisations'::uuid[]) AS _members,
    p.rank                                                              AS _next_rank,
    p.starts_at::text                                                   AS _next_start,
    p.id                                                                AS _next_id,
    coalesce(:'after'::jsonb ->> 3, :'from'::timestamptz::text)         AS _next_from,
    coalesce(:'after'::jsonb ->> 4, :'to'::timestamptz::text)           AS _next_to,
    coalesce(:'after'::jsonb ->> 5, :'words')                           AS _next_words,
    round((p.metres / 1000)::numeric, 1)                                AS distance_km
FROM page p
JOIN meetings m ON m.id = p.id
ORDER BY p.rank, p.starts_at, p.id;
