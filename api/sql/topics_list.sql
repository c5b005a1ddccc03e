-- A page of topics by name, or those that words or a parent single out; the best match for the words first.
-- after: [rank, name, id, language] of the row before the page: a list goes on in the language in which it began
-- lane: search
WITH named AS (
    SELECT
        t.*,
        CASE WHEN :'q'::text IS NULL THEN 0
             ELSE 1 - word_similarity(fold(:'q'), fold(topic_words(t.names, t.synonyms))) END::float8 AS rank,
        coalesce(t.names ->> coalesce(:'after'::jsonb ->> 3, :'language'), t.names ->> 'de')
            COLLATE "und-x-icu" AS name
    FROM topics t
    WHERE t.deleted_at IS NULL
      AND (:'parent'::text IS NULL
           OR t.parent_id = (SELECT p.id FROM topics p
                             WHERE (p.slug = :'parent' OR p.id::text = lower(:'parent')) AND p.deleted_at IS NULL))
      AND (:'q'::text IS NULL
           OR all_words_in(:'q', topic_words(t.names, t.synonyms)))
), page AS (
    SELECT *
    FROM named n
    WHERE :'after'::jsonb IS NULL
       OR (n.rank, n.name, n.id)
          > ((:'after'::jsonb ->> 0)::float8, :'after'::jsonb ->> 1, (:'after'::jsonb ->> 2)::uuid)
    ORDER BY n.rank, n.name, n.id
    LIMIT :'limit'::integer + 1
)
SELECT
    p.id, p.slug, p.name, p.names, p.synonyms, to_jsonb(p.icd10) AS icd10, p.rare, p.parent_id,
    (SELECT count(*) FROM groups g
     WHERE g.topic_keys && ARRAY[p.slug] AND g.deleted_at IS NULL AND g.visibility = 'public'
       AND g.status IN ('founding', 'active')) AS groups,
    p.revision, p.created_at, p.updated_at,
    p.rank AS _next_rank,
    p.name AS _next_name,
    p.id AS _next_id,
    coalesce(:'after'::jsonb ->> 3, :'language') AS _next_language
FROM page p
ORDER BY p.rank, p.name, p.id;
