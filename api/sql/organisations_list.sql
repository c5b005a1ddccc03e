-- A page of organisations by name, all or those that words, kinds or a parent single out.
-- after: [name, id] of the row before the page
-- lane: search
SELECT
    o.id, o.kind, o.name, o.summary, o.parent_id, o.region, o.contact, o.website, o.revision, o.created_at,
    o.updated_at,
    o.name AS _next_name, o.id AS _next_id
FROM organisations o
WHERE o.deleted_at IS NULL
  AND (:'kind'::text[] IS NULL OR o.kind = ANY (:'kind'::text[]))
  AND (:'parent'::uuid IS NULL OR o.parent_id = :'parent'::uuid)
  AND (:'q'::text IS NULL
       OR all_words_in(:'q', o.name))
  AND (:'after'::jsonb IS NULL
       OR (o.name COLLATE "und-x-icu", o.id) > (:'after'::jsonb ->> 0, (:'after'::jsonb ->> 1)::uuid))
ORDER BY o.name COLLATE "und-x-icu", o.id
LIMIT :'limit'::integer + 1;
