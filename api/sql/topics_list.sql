-- A page of topics by name, all or those that words or a parent single out.
-- after: [name, id, language] of the row before the page: a list goes on in the language in which it began
-- lane: search
WITH counted AS (
    SELECT key, count(*) AS groups
    FROM groups g, unnest(g.topic_keys) AS key
    WHERE g.deleted_at IS NULL AND g.visibility = 'public' AND g.status IN ('founding', 'active')
    GROUP BY key
), named AS (
    SELECT t.*, coalesce(t.names ->> coalesce(:'after'::jsonb ->> 2, :'language'), t.names ->> 'de')
                COLLATE "und-x-icu" AS name
    FROM topics t
    WHERE t.deleted_at IS NULL
      AND (:'parent'::text IS NULL
           OR t.parent_id = (SELECT p.id FROM topics p WHERE (p.slug = :'parent' OR p.id::text = lower(:'parent')) AND p.deleted_at IS NULL))
      AND (:'q'::text IS NULL
           OR all_words_in(:'q', topic_words(t.names, t.synonyms)))
)
SELECT
    n.id, n.slug, n.name, n.names, n.synonyms, to_jsonb(n.icd10) AS icd10, n.rare, n.parent_id,
    coalesce(c.groups, 0) AS groups,
    n.revision, n.created_at, n.updated_at,
    n.name AS _next_name, n.id AS _next_id, coalesce(:'after'::jsonb ->> 2, :'language') AS _next_language
FROM named n
LEFT JOIN counted c ON c.key = n.slug
WHERE :'after'::jsonb IS NULL OR (n.name, n.id) > (:'after'::jsonb ->> 0, (:'after'::jsonb ->> 1)::uuid)
ORDER BY n.name, n.id
LIMIT :'limit'::integer + 1;
