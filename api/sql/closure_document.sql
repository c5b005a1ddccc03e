-- A closure as the document that a patch changes, if the caller keeps it and has its last revision.
-- lane: write
SELECT
    CASE
        WHEN NOT keeps(closure_keeper(c), :'is_admin'::boolean, :'organisations'::uuid[])               THEN 'forbidden'
        WHEN NOT c.revision = ANY (coalesce(:'if_match'::bigint[], ARRAY[c.revision])) THEN 'precondition-failed'
    END             AS _problem,
    c.revision      AS _revision,
    closure_body(c) AS document
FROM closures c
WHERE c.id = :'closure_id'::uuid AND c.deleted_at IS NULL;
