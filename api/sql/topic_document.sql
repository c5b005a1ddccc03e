-- A topic as the document that a patch changes, if the caller has its last revision.
-- lane: write
SELECT
    CASE WHEN NOT t.revision = ANY (coalesce(:'if_match'::bigint[], ARRAY[t.revision]))
         THEN 'precondition-failed' END AS _problem,
    t.revision AS _revision,
    jsonb_strip_nulls(jsonb_build_object(
        'slug', t.slug, 'parent_id', t.parent_id, 'names', t.names, 'synonyms', t.synonyms, 'icd10', t.icd10,
        'rare', t.rare)) AS document
FROM topics t
WHERE t.id = :'topic_id'::uuid AND t.deleted_at IS NULL;
