-- Changes a topic to what its patched document says; the groups that have it are published anew.
-- body: the whole NewTopic
-- lane: write
WITH written AS (
    UPDATE topics t
    SET slug = b.slug, parent_id = b.parent_id, names = b.names, synonyms = coalesce(b.synonyms, '{}'),
        icd10 = coalesce(b.icd10, '{}'), rare = coalesce(b.rare, false), updated_at = :'now'::timestamptz,
        writer = :'writer'::jsonb
    FROM jsonb_to_record(:'body'::jsonb)
         AS b(slug text, parent_id uuid, names jsonb, synonyms jsonb, icd10 text[], rare boolean)
    WHERE t.id = :'topic_id'::uuid AND t.deleted_at IS NULL AND t.revision = ANY (:'if_match'::bigint[])
    RETURNING t.*
)
SELECT
    CASE WHEN t.id IS NULL THEN 'precondition-failed' END AS _problem,
    t.id, t.slug, coalesce(t.names ->> :'language', t.names ->> 'de') AS name, t.names, t.synonyms,
    to_jsonb(t.icd10) AS icd10, t.rare, t.parent_id,
    (SELECT count(*) FROM groups g
     WHERE g.topic_keys && ARRAY[t.slug] AND g.deleted_at IS NULL AND g.visibility = 'public'
       AND g.status IN ('founding', 'active')) AS groups,
    t.revision, t.created_at, t.updated_at,
    t.revision AS _revision
FROM (SELECT) AS asked
LEFT JOIN written t ON true;
