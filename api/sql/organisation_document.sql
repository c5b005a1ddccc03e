-- An organisation as the document that a patch changes, if the caller may write it and has its last revision.
-- lane: write
SELECT
    CASE
        WHEN NOT :'is_admin'::boolean AND NOT coalesce(o.id = ANY (:'organisations'::uuid[]), false) THEN 'forbidden'
        WHEN NOT o.revision = ANY (coalesce(:'if_match'::bigint[], ARRAY[o.revision])) THEN 'precondition-failed'
    END AS _problem,
    o.revision AS _revision,
    jsonb_strip_nulls(jsonb_build_object(
        'kind', o.kind, 'name', o.name, 'summary', o.summary, 'parent_id', o.parent_id, 'region', o.region,
        'contact', o.contact, 'website', o.website)) AS document
FROM organisations o
WHERE o.id = :'organisation_id'::uuid AND o.deleted_at IS NULL;
