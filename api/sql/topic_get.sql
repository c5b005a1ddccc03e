-- One topic.
-- lane: read
SELECT
    t.id, t.slug, coalesce(t.names ->> :'language', t.names ->> 'de') AS name, t.names, t.synonyms,
    to_jsonb(t.icd10) AS icd10, t.rare, t.parent_id,
    (SELECT count(*) FROM groups g
     WHERE g.topic_keys && ARRAY[t.slug] AND g.deleted_at IS NULL AND g.visibility = 'public'
       AND g.status IN ('founding', 'active')) AS groups,
    t.revision, t.created_at, t.updated_at,
    t.revision AS _revision
FROM topics t
WHERE t.id = :'topic_id'::uuid AND t.deleted_at IS NULL;
