-- A venue as the document that a patch changes, if the caller keeps it and has its last revision.
-- lane: write
SELECT
    CASE
        WHEN NOT keeps(v.organisation_id, :'is_admin'::boolean, :'organisations'::uuid[])               THEN 'forbidden'
        WHEN NOT v.revision = ANY (coalesce(:'if_match'::bigint[], ARRAY[v.revision])) THEN 'precondition-failed'
    END           AS _problem,
    v.revision    AS _revision,
    venue_body(v) AS document
FROM venues v
WHERE v.id = :'venue_id'::uuid AND v.deleted_at IS NULL;
