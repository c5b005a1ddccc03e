-- Adds a topic to the tree.
-- body: NewTopic
-- lane: write
INSERT INTO topics AS t (id, slug, parent_id, names, synonyms, icd10, rare, created_at, updated_at, writer)
SELECT uuid_v7(:'now'::timestamptz), b.slug, b.parent_id, b.names, coalesce(b.synonyms, '{}'), coalesce(b.icd10, '{}'),
       coalesce(b.rare, false), :'now'::timestamptz, :'now'::timestamptz, :'writer'::jsonb
FROM jsonb_to_record(:'body'::jsonb)
     AS b(slug text, parent_id uuid, names jsonb, synonyms jsonb, icd10 text[], rare boolean)
RETURNING
    t.id, t.slug, coalesce(t.names ->> :'language', t.names ->> 'de') AS name, t.names, t.synonyms,
    to_jsonb(t.icd10) AS icd10, t.rare, t.parent_id, 0 AS groups, t.revision, t.created_at, t.updated_at,
    t.revision AS _revision,
    '/v1/topics/' || t.id AS _location;
