-- A group as the document that a patch changes, if the caller may write it and has its last revision.
-- lane: write
SELECT
    CASE
        WHEN NOT :'is_admin'::boolean AND NOT keeps(g.organisation_id, false, acting_for(g.id, :'organisations'::uuid[]))
            THEN CASE WHEN group_is_visible(g.visibility, g.organisation_id, false, :'is_partner'::boolean, NULL)
                      THEN 'forbidden' ELSE 'not-found' END
        WHEN NOT g.revision = ANY (coalesce(:'if_match'::bigint[], ARRAY[g.revision]))
            THEN 'precondition-failed'
    END           AS _problem,
    g.revision    AS _revision,
    group_body(g) AS document
FROM groups g
WHERE g.id = :'group_id'::uuid AND g.deleted_at IS NULL;
